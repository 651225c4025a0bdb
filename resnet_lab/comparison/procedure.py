"""Procedure of the tests of a comparison: level, worth and question of each contrast, from the plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resnet_lab.comparison.claims import ALPHA
from resnet_lab.comparison.families import PRIMARY, Rules
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.questions import DEGRADATION
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
        return self.plan.questions.get(control.name, PRIMARY)

    def of_contrasts(self, contrasts: Sequence[Contrast], looks: Sequence[int | None] | None = None) -> list[Rules]:
        """Return the rules of each contrast.

        The level is divided by the number of contrasts that are judged by a claim of their own (Bonferroni), so the
        chance of any false verdict in a family stays at the level over all contrasts together. Contrasts of the plan
        that have no runs yet count too.

        Args:
            contrasts: The contrasts.
            looks: The look of each contrast, if they differ: a contrast that was decided earlier has no further pairs.
        """
        questions = [self.question(contrast) for contrast in contrasts]
        alone = max(sum(question != DEGRADATION for question in questions), self._planned_alone())
        own = [self] * len(contrasts) if looks is None else [replace(self, look=look) for look in looks]
        return [one._rules(question, alone) for one, question in zip(own, questions, strict=True)]

    def of_depth_studies(self, number: int) -> Rules:
        """Return the rules of the claim on degradation.

        Args:
            number: Number of claims on degradation in the comparison.
        """
        rules = self._rules(DEGRADATION, number)
        asked = self.plan is not None and DEGRADATION in self.plan.questions.values()
        return replace(rules, worth=rules.worth if asked else None)

    def _planned_alone(self) -> int:
        """Return the number of planned contrasts that are judged by a claim of their own: two cells each."""
        questions = self.plan.questions.values() if self.plan is not None else ()
        return sum(question != DEGRADATION for question in questions) // 2

    def _rules(self, question: str, number: int) -> Rules:
        primary = None if question == DEGRADATION else question
        worth = self.plan.worth if self.plan is not None else None
        return Rules(self.level / max(number, 1), worth, primary, tested=not self.too_early)
