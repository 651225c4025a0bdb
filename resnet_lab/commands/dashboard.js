// Settings of TensorBoard's page for runs of resnet-lab. The names of elements and properties are those of TensorBoard.

// Charts of accuracy and loss come first: CUSTOM SCALARS is the first page, and TIME SERIES has them pinned.
const FIRST = ["val/accuracy", "train/accuracy", "val/loss", "train/loss"];
if (!location.search) {
  const pins = JSON.stringify(FIRST.map((tag) => ({ plugin: "scalars", tag })));
  const hash = location.hash || "#custom_scalars";
  history.replaceState(null, "", `?smoothing=0&pinnedCards=${encodeURIComponent(pins)}${hash}`);
}

// An outlier of a few epochs is a result, and smoothing would draw values that were never measured.
const SETTINGS = { _ignoreYOutliers: "false", _tb_global_settings: '{"ignoreOutliers":false}' };
for (const [name, value] of Object.entries(SETTINGS)) {
  if (localStorage.getItem(name) === null) localStorage.setItem(name, value);
}

function beforeReady(tag, change) {
  customElements.whenDefined(tag).then(() => {
    const element = customElements.get(tag).prototype;
    const ready = element.ready;
    element.ready = function () {
      change(this);
      ready.call(this);
    };
  });
}

for (const dashboard of ["tf-custom-scalar-dashboard", "tf-scalar-dashboard"]) {
  beforeReady(dashboard, (element) => {
    if (!location.hash.includes("_smoothingWeight=")) element._smoothingWeight = 0;
  });
}

// By itself TensorBoard selects no run if there are more than 40.
beforeReady("tf-multi-checkbox", (element) => {
  element.maxNamesToEnableByDefault = Infinity;
});

// The color of a run is that of its validation curve; its train curve is paler. Each split has its own marker.
const paler = (color) =>
  "#" + color.slice(1).replace(/../g, (hex) => Math.round(0.5 * (parseInt(hex, 16) + 255)).toString(16));
const sorted = (object) => Object.fromEntries(Object.entries(object).sort());
beforeReady("tf-custom-scalar-multi-line-chart-card", (element) => {
  const byRun = element._colorScale;
  const color = (curve) => (curve.startsWith("train/") ? paler(byRun.scale(curve)) : byRun.scale(curve));
  element._colorScale = { scale: color };
  const processing = element._createProcessDataFunction;
  element._createProcessDataFunction = (...options) => {
    const process = processing.apply(element, options);
    return (chart, run, data) => process(chart, run, { ...data, tag_to_events: sorted(data.tag_to_events || {}) });
  };
  element._expanded = true;
  element._matchesListOpened = (element.runs || []).length <= 8;
});
