"""Keras in float64 beside a model, from the same parameters at every step, and with the same decisions.

A ReLU that is given a number within rounding of zero, and the maximum of numbers within rounding of each other, may
decide either way; then the gradient is another one, and neither model is wrong. So the reference decides as the model's
outputs do wherever its own numbers lie within rounding of the other decision, and all that is left is a mistake,
whatever the precision. The optimizer is given the model's own gradients, so a step
is compared apart from what led to it.
"""

from dataclasses import replace

import numpy as np

from harness.parity.causes import Cause, Setting, known_cause, loss_with_epsilon, loss_without_penalty
from harness.parity.compare import TOLERANCES, compare, compare_updates, first_divergence
from harness.parity.known_steps import KnownSteps
from harness.parity.trace import trace

# Decisions that a model does not report may go either way up to here, relative to the largest number of the layer.
# Measured in float32: numbers before a ReLU, and in a window, are off by 1.5e-6 at most.
MARGINS = {"float64": 1e-12, "float32": 1e-5}

# Changes of decisions that are tried to come to the gradients of a model that does not report its outputs.
MOST_CHANGES = 100

# Steps that differ and whose cause is looked for: one shows it, or the next does where the first has no step before it.
MOST_EXPLAINED = 3


# Of a gradient that is not known: as it is, and off by all that is allowed.
SIDES = (1, -1, 0)


class Reference:
    """What Keras does in each step of a model that is compared with it.

    Args:
        walker: a `KerasWalker` in float64.
        names: of the layers.
        precision: of the model, `"float64"` or `"float32"`.
        steps: the `StepRule` of the optimizer. Default `None`, for a model that reports its gradients.
        is_crossentropy: whether the loss is -log(p). Default `True`.
        names_optimizer: whether the model names its optimizer. Default `False`.
    """

    def __init__(self, walker, names, precision, steps=None, is_crossentropy=True, names_optimizer=False):
        self._walker, self._names = walker, names
        self._steps, self._is_crossentropy, self._names_optimizer = steps, is_crossentropy, names_optimizer
        self._known_steps, self._states = None, None
        self._tolerance, self._margin = TOLERANCES[precision], MARGINS[precision]
        self._before, self._last, self._n_different = None, None, 0

    def start(self, weights):
        """Set all parameters, and forget all that the optimizer knows."""
        self._walker.start(weights)
        self._before, self._last = dict(zip(self._names, self._walker.params(), strict=True)), None
        self._n_different = 0
        self._known_steps = KnownSteps(self._steps.name, self._steps.settings) if self._steps else None
        self._states = dict.fromkeys(SIDES, self._walker.get_optimizer_state())

    def follow(self, step, ours, x, y):
        """Return Keras's `Trace` of a step, all `Difference`s, what is no mistake, and the cause of the first one.

        The last two are words and a `Cause`, or `None`.

        Args:
            step: its number, from 1.
            ours: the `Trace` of the model's step, which begins where the last one ended.
            x, y: the batch.
        """
        x = x.astype(np.float64)
        self._set_before()
        own = self._walker.outputs(x)
        margins = self._walker.margins(x, own)
        tolerance = self._tolerance.at(own[-1], y)

        def look(shares_ties=False, shift=0, **options):
            decisions = self._walker.decisions(x, own)
            theirs = self._walker.decisions(x, self._agreed(ours, own), shares_ties)
            decisions = [open_to(*arrays, self._margin) for arrays in zip(decisions, theirs, margins, strict=True)]
            labels = (y.astype(np.int64) + shift) % own[-1].shape[-1] if shift else y
            return self._look(x, labels, own, decisions, **options)

        theirs, note = loss_without_penalty(ours, look(), tolerance)
        differences = compare(step, ours, theirs, tolerance)
        is_explained = self._n_different < MOST_EXPLAINED
        if is_explained and gradients_alone(differences):
            seen = self._with_other_decisions(ours, theirs, x, y, own, margins)
            theirs = replace(seen, loss=theirs.loss)
            differences = compare(step, ours, theirs, tolerance)
        cause = None
        setting = self._setting(step, len(y), own[-1].shape[-1])
        if is_explained and first_divergence(differences):
            if self._is_crossentropy:
                note, differences = loss_with_epsilon(step, ours, theirs, y, tolerance, differences, look)
            if found := first_divergence(differences):
                self._n_different += 1
                cause = known_cause(found, ours, theirs, self._before, self._last, setting, look)
        is_explained = is_explained and not first_divergence(differences)
        arguments = step, ours, theirs, x, tolerance, setting, is_explained
        theirs, updates, step_note, step_cause = self._follow_update(*arguments)
        if cause is None and not first_divergence(differences):
            cause = step_cause
        self._before, self._last = ours.params, ours
        return theirs, differences + updates, "; ".join(filter(None, (note, step_note))) or None, cause

    def _set_before(self):
        """Set the parameters from before the step; two references may share a walker."""
        self._walker.set_params([self._before[layer] for layer in self._names])

    def _setting(self, step, batch_size, n_classes):
        if not self._steps:
            return Setting(batch_size, n_classes)
        return Setting(batch_size, n_classes, self._steps.rate(step), self._steps.momentum, self._names_optimizer)

    def _follow_update(self, step, ours, theirs, x, tolerance, setting, is_explained):
        """Return Keras's `Trace` with the parameters after the update, their `Difference`s, a note and a `Cause`.

        Where a gradient is not known, Keras's is taken. How far rounding may move the step then is seen from two more
        steps, with gradients that have been larger and smaller by all that is allowed to them since the first step.
        """
        grads = [
            {name: ours.grads.get(layer, {}).get(name, grad) for name, grad in theirs.grads[layer].items()}
            for layer in self._names
        ]
        is_known = all(name in ours.grads.get(layer, {}) for layer in self._names for name in theirs.grads[layer])
        after, slack = {}, None
        for side in (0,) if is_known else SIDES:
            share = side * tolerance.of("gradient")
            with np.errstate(invalid="ignore"):  # of gradients that are not finite
                moved = [{name: grad + share * np.abs(grad).max() for name, grad in of.items()} for of in grads]
            self._set_before()
            self._walker.set_optimizer_state(self._states[side])
            after[side] = self._walker.update(moved, x)
            self._states[side] = self._walker.get_optimizer_state()
        theirs = replace(theirs, params=dict(zip(self._names, after[0], strict=True)))
        if is_known:
            return theirs, compare_updates(step, ours, theirs, tolerance), None, None
        slack = {
            layer: {
                name: np.maximum(np.abs(larger[name] - param), np.abs(smaller[name] - param))
                for name, param in middle.items()
            }
            for layer, smaller, middle, larger in zip(self._names, after[-1], after[0], after[1], strict=True)
        }
        found = compare_updates(step, ours, theirs, tolerance, slack)
        self._known_steps.advance([grad for of_layer in grads for grad in of_layer.values()])
        if not first_divergence(found):
            return theirs, found, None, None
        best, n_best, words = (theirs, found), n_too_large(found), None
        for form in self._known_steps.forms(setting.learning_rate, setting.batch_size):
            if not (form.is_right or is_explained):
                break
            like = replace(theirs, params=self._params_after(form.changes, theirs))
            differences = compare_updates(step, ours, like, tolerance, slack)
            if not first_divergence(differences) and not form.is_right:
                place = "the gradient of the loss" if form.is_of_gradient else "the optimizer"
                return theirs, found, None, Cause(f"the step is {form.words}", place)
            if form.is_right and n_too_large(differences) < n_best:
                best, n_best, words = (like, differences), n_too_large(differences), f"the step is {form.words}"
                if not n_best:
                    break
        self._n_different += bool(is_explained and n_best)
        return *best, words, None

    def _params_after(self, changes, theirs):
        """Return the parameters after these changes of those that are trained, by layer and name."""
        changes = iter(changes)
        return {
            layer: {
                name: self._before[layer][name] + next(changes) if name in theirs.grads[layer] else param
                for name, param in theirs.params[layer].items()
            }
            for layer in self._names
        }

    def _look(self, x, y, outputs, decisions, **options):
        seen = self._walker.look(x, y, decisions, **options)
        return trace(self._names, **{**seen, "outputs": outputs, "params": [{} for _ in self._names]})

    def _agreed(self, ours, own):
        """Return the outputs of every layer that decisions follow from: the model's, where they are right."""
        outputs = []
        for name, output in zip(self._names, own, strict=True):
            if name in ours.outputs and ours.outputs[name].shape == output.shape:
                reported = ours.outputs[name].astype(np.float64)
                with np.errstate(invalid="ignore"):
                    is_right = np.abs(reported - output) <= self._tolerance.relative * np.abs(output).max()
                output = np.where(is_right, reported, output)
            outputs.append(output)
        return outputs

    def _with_other_decisions(self, ours, theirs, x, y, own, margins):
        """Return Keras's step with those decisions that come closest to our gradients, of those that may go either way.

        Where the model reports no outputs, its decisions are not known. One after the other, the one is changed that
        brings the gradients closest.
        """
        decisions = self._walker.decisions(x, self._agreed(ours, own))
        is_open = [
            margin <= self._margin if decides and not is_told else np.zeros(margin.shape, bool)
            for margin, decides, is_told in zip(margins, self._walker.decides, self._told(ours), strict=True)
        ]
        if not any(places.any() for places in is_open):
            return theirs
        gap, direction = missing(ours, theirs)
        for _ in range(MOST_CHANGES):
            effects = self._walker.effects(x, y, decisions, [direction[name] for name in self._names])
            changed = with_best_change(decisions, effects, is_open)
            if changed is None:
                break
            seen = self._look(x, y, own, changed)
            new_gap, new_direction = missing(ours, seen)
            if not new_gap < gap:
                break
            theirs, decisions, gap, direction = seen, changed, new_gap, new_direction
        return theirs

    def _told(self, ours):
        """Return for each layer whether what it decided is known from the outputs: a maximum from those before it."""
        known = [name in ours.outputs for name in self._names]
        return [
            is_known and (before or not name.startswith("max_pooling"))
            for name, is_known, before in zip(self._names, known, [True, *known[:-1]], strict=True)
        ]


def n_too_large(differences):
    """Return how many of the differences are too large."""
    return sum(difference.is_too_large for difference in differences)


def open_to(own, theirs, margins, margin):
    """Return decisions of one layer, a model's where Keras's may as well be so within a margin, and else Keras's."""
    may_be = (margins <= margin) | (own == theirs)
    return np.where(may_be.all(axis=3, keepdims=True) if own.ndim == 5 else may_be, theirs, own)


def gradients_alone(differences):
    """Return whether outputs are equal, as far as they are known, and gradients are not."""
    found = first_divergence(differences)
    return found is not None and found.kind == "gradient"


def missing(ours, theirs):
    """Return how far gradients are from ours, as a sum of squares, and the direction that leads there, by layer."""
    gap, direction = 0.0, {}
    for layer, grads in theirs.grads.items():
        direction[layer] = {}
        for name, grad in grads.items():
            own = ours.grads.get(layer, {}).get(name, grad)
            scale = np.abs(grad).max(initial=0) or 1.0
            difference = own - grad if own.shape == grad.shape else np.zeros_like(grad)
            gap += float(np.square(difference / scale).sum())
            direction[layer][name] = difference / scale**2
    return gap, direction


def with_best_change(decisions, effects, is_open):
    """Return decisions with the one changed that brings the gradients most, or `None` if none does.

    Args:
        decisions: an array for each layer, see `KerasWalker.decisions`.
        effects: of each, see `KerasWalker.effects`.
        is_open: whether each may be another one.
    """
    best, place = 0.0, None
    for index, (decision, effect, may_change) in enumerate(zip(decisions, effects, is_open, strict=True)):
        if not may_change.any():
            continue
        if decision.ndim == 5:  # windows: the maximum moves from one number to another
            gain = effect - (effect * decision).sum(axis=3, keepdims=True)
        else:
            gain = effect * (1 - 2 * decision)
        gain = np.where(may_change, gain, 0)
        if gain.max() > best:
            best, place = gain.max(), (index, np.unravel_index(gain.argmax(), gain.shape))
    if place is None:
        return None
    index, where = place
    changed = [*decisions[:index], decisions[index].copy(), *decisions[index + 1 :]]
    if changed[index].ndim == 5:
        n, row, column, _, channel = where
        changed[index][n, row, column, :, channel] = 0
        changed[index][where] = 1
    else:
        changed[index][where] = 1 - changed[index][where]
    return changed
