"""Procedure of the tests of a comparison: level, worth and question of each contrast, from the plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resnet_lab.comparison.claims import ALPHA
from resnet_lab.comparison.families import PRIMARY, Rules
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.questions import DEGRADATION
from resnet_lab.comparison.tuning import cell_of
from resnet_lab.statistics.looks import look_levels


@dataclass(frozen=True)
class Procedure:
    """Procedure of the tests: the plan, and the look at which the pairs are judged.

    Attributes:
        plan: The plan; None if none was fixed in advance, or if it does not apply.
        look: Number of pairs that are judged; None if the plan has no looks, or if the first is not reached.
    """

    plan: Plan | None = None
    look: int | None = None

    @property
    def level(self) -> float:
        """Chance of a false verdict at this look, before it is shared among contrasts."""
        if self.plan is None or self.look is None:
            return ALPHA
        return look_levels(self.plan.looks)[self.plan.looks.index(self.look)]

    @property
    def too_early(self) -> bool:
        """Whether the plan has looks, and there are fewer pairs than the first look takes."""
        return self.plan is not None and bool(self.plan.looks) and self.look is None

    def question(self, contrast: Contrast) -> str:
        """Return the claim by which a contrast is judged."""
        control = next((pair[0] for pair in contrast.partners.values()), None)
        if self.plan is None or control is None:
            return PRIMARY
        return self.plan.questions.get(cell_of(self.plan, control.name), PRIMARY)

    def of_contrasts(self, contrasts: Sequence[Contrast], looks: Sequence[int | None] | None = None) -> list[Rules]:
        """Return the rules of each contrast.

        The level of performance is divided by the number of contrasts that are judged by a claim of their own, that of
        mechanism by the number of all contrasts (Bonferroni). So the chance of any false verdict in a family stays at
        the level over all contrasts together. Contrasts of the plan that have no runs yet count too.

        Args:
            contrasts: The contrasts.
            looks: The look of each contrast, if they differ: a contrast that was decided earlier has no further pairs.
        """
        questions = [self.question(contrast) for contrast in contrasts]
        planned = list(self.plan.questions.values()) if self.plan is not None else []
        performance = max(_judged_alone(questions), _judged_alone(planned) // 2)  # a contrast is two cells
        mechanism = max(len(contrasts), len(planned) // 2)
        own = [self] * len(contrasts) if looks is None else [replace(self, look=look) for look in looks]
        return [one._rules(question, performance, mechanism) for one, question in zip(own, questions, strict=True)]

    def of_depth_studies(self, number: int) -> Rules:
        """Return the rules of the claim on degradation.

        Args:
            number: Number of claims on degradation in the comparison.
        """
        rules = self._rules(DEGRADATION, number, number)
        asked = self.plan is not None and DEGRADATION in self.plan.questions.values()
        return replace(rules, worth=rules.worth if asked else None)

    def _rules(self, question: str, performance: int, mechanism: int) -> Rules:
        primary = None if question == DEGRADATION else question
        worth = self.plan.worth if self.plan is not None else None
        levels = self.level / max(performance, 1), self.level / max(mechanism, 1)
        return Rules(levels[0], worth, primary, tested=not self.too_early, mechanism=levels[1])


def _judged_alone(questions: Sequence[str]) -> int:
    return sum(question != DEGRADATION for question in questions)
