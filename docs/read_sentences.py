"""Reads an expression that makes a sentence as the sentences it can make, each with readable placeholders.

Constants, helper functions, parameters and local names are followed. What is known only when the program runs becomes a
placeholder. Of an optional part the longer form is shown; of two different phrases, both.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sentence_forms as sf
from placeholders import placeholder
from sentence_forms import Forms
from source_index import Call, Function, Module, Source, last_name

MOST_FORMS = 40
DEEPEST = 7


@dataclass(frozen=True, eq=False)
class Scope:
    """Where an expression stands: its module, its function, and what the parameters are known to be."""

    module: Module
    function: Function | None
    known: dict[str, Forms] = field(default_factory=dict)
    depth: int = 0


class Reader:
    """Reads expressions of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def sentences(self, module: Module, node: ast.expr) -> Forms:
        """The forms of the sentence that an expression at this place makes."""
        return self.read(node, Scope(module, module.function_of(node)))

    def read(self, node: ast.expr, scope: Scope) -> Forms:
        """The forms of one expression; a placeholder alone where nothing is known."""
        if scope.depth > DEEPEST:
            return (placeholder(node),)
        found: Iterable[str]
        match node:
            case ast.Constant(value=None):
                found = ("",)
            case ast.Constant(value=value):
                found = (str(value),)
            case ast.JoinedStr(values=values):
                found = self._joined(values, scope)
            case ast.FormattedValue(value=value):
                found = self._piece(value, scope)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                found = self._joined((left, right), scope)
            case ast.IfExp(body=body, orelse=orelse):
                found = sf.either(self.read(body, scope), self.read(orelse, scope))
            case ast.BoolOp(values=[first, *_]):
                found = self.read(first, scope)
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                found = self.read(value, scope)
            case ast.GeneratorExp(elt=value) | ast.ListComp(elt=value):
                found = self.read(value, scope)
            case ast.Subscript(value=value, slice=ast.Slice()):
                found = self.read(value, scope)
            case ast.Name():
                found = self._name(node, scope)
            case ast.Attribute():
                found = self._attribute(node, scope)
            case ast.Subscript(value=value):
                found = self._entries(value, scope)
            case ast.Call():
                found = self._call(node, scope)
            case _:
                found = ()
        forms = tuple(dict.fromkeys(found))
        return forms if forms and len(forms) <= MOST_FORMS else (placeholder(node),)

    def _piece(self, node: ast.expr, scope: Scope) -> Forms:
        """A part within a sentence: what it says where it says something, else its name."""
        if isinstance(node, ast.Call) and last_name(node.func) == "shown" and isinstance(node.args[0], ast.Constant):
            return (str(node.args[0].value),)  # the keyword of a DICOM element
        if sf.is_opaque(node):
            return (placeholder(node),)
        if isinstance(node, ast.Call) and last_name(node.func) == "counted":
            noun = self.read(node.args[-1], scope)
            plural = noun if len(node.args) > 2 else tuple(one if sf.HELD.search(one) else f"{one}s" for one in noun)
            return tuple(f"{placeholder('number')} {one}" for one in plural)
        forms = self.read(node, scope)
        return forms if all(sf.is_phrase(form) or sf.is_plain(node, form) for form in forms) else (placeholder(node),)

    def _joined(self, parts: Iterable[ast.expr], scope: Scope) -> Forms:
        forms: Forms = ("",)
        for part in parts:
            ends = self.read(part, scope)
            if len(forms) * len(ends) > MOST_FORMS:
                ends = (placeholder(part),)
            forms = tuple(start + end for start in forms for end in ends)
        return forms

    def _name(self, node: ast.Name, scope: Scope) -> Forms:
        if node.id in scope.known:
            return scope.known[node.id]
        if scope.function is not None:
            given = self._assigned(node, scope) or self._given(node, scope) or self._caught(node, scope)
            if given:
                return given
        return self._constant(node, scope)

    def _constant(self, node: ast.expr, scope: Scope) -> Forms:
        found = self.source.constant(scope.module, node)
        if found is None or isinstance(found[1], ast.Dict | ast.Set | ast.Tuple | ast.List):
            return ()
        return self.read(found[1], Scope(found[0], None, depth=scope.depth + 1))

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Forms:
        if node.attr in sf.PLACES:
            return ()
        if isinstance(node.value, ast.Name) and scope.function is not None:
            said = self._caught(node.value, scope)
            if said:
                return said
        found = self._constant(node, scope)
        if found:
            return found
        said = self._field(node, scope)
        if said:
            return said
        place = self.source.function(scope.module, node)
        if place is not None and any(last_name(one) == "property" for one in place[1].decorator_list):
            return sf.phrases(self._returned(*place, {}, scope.depth))
        return ()

    def _field(self, node: ast.Attribute, scope: Scope) -> Forms:
        """What a field of a data class is made with, where a parameter is of that class."""
        function = scope.function
        if function is None or not isinstance(node.value, ast.Name):
            return ()
        kinds = [one.annotation for one in function.args.args if one.arg == node.value.id and one.annotation]
        found: list[str] = []
        for call in self.source.calls.get(last_name(kinds[0]), []) if kinds else []:
            for one in call.node.keywords:
                if one.arg == node.attr:
                    outer = Scope(call.module, call.module.function_of(call.node), depth=scope.depth + 1)
                    found += self.read(one.value, outer)
        return sf.phrases(found)

    def _assigned(self, node: ast.Name, scope: Scope) -> Forms:
        """What a local name is set to before, in all places of its function."""
        found: list[str] = []
        assert scope.function is not None
        known = scope.known | {node.id: (placeholder(node),)}  # what refers to itself is not followed
        inner = Scope(scope.module, scope.function, known, scope.depth + 1)
        for part in self.source.setters(scope.function):
            if part.lineno > node.lineno:
                continue
            match part:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.id:
                    found += self.read(value, inner)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name == node.id:
                    found += self.read(value, inner)
                case ast.NamedExpr(target=ast.Name(id=name), value=value) if name == node.id:
                    found += self.read(value, inner)
                case ast.AugAssign(target=ast.Name(id=name), value=value) if name == node.id:
                    found = [start + end for start in found for end in self.read(value, inner)]
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                    at = [index for index, one in enumerate(names) if last_name(one) == node.id]
                    found += self._element(value, at[0], inner) if at else ()
                case ast.For(target=ast.Name(id=name), iter=over) if name == node.id:
                    found += self._entries(over, inner)
                case ast.For(target=ast.Tuple(elts=[_, ast.Name(id=name)]), iter=over) if name == node.id:
                    found += self._entries(sf.dictionary(over), inner)
        own = [one for one in found if placeholder(node) not in one] or found
        return sf.phrases(own) or tuple(one for one in found if one and not sf.HELD.search(one))[:1]

    def _element(self, value: ast.expr, at: int, scope: Scope) -> Forms:
        """One element of a tuple, or of the tuples that a function returns."""
        if isinstance(value, ast.Tuple):
            return self.read(value.elts[at], scope)
        place = self.source.function(scope.module, value.func) if isinstance(value, ast.Call) else None
        if place is None:
            return ()
        inner = Scope(*place, depth=scope.depth + 1)
        tuples = [one for one in self.source.returns(place[1]) if isinstance(one, ast.Tuple) and at < len(one.elts)]
        return tuple(form for one in tuples for form in self.read(one.elts[at], inner))

    def _given(self, node: ast.Name, scope: Scope) -> Forms:
        """What callers give for a parameter, where they give phrases."""
        function = scope.function
        assert function is not None
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        if node.id not in names or node.id in sf.PLACES:
            return ()
        found: list[str] = []
        for call in self.source.callers(function):
            value = sf.argument(call, function, scope.module.is_method(function)).get(node.id)
            if value is not None:
                outer = Scope(call.module, call.module.function_of(call.node), depth=scope.depth + 1)
                found += self.read(value, outer)
        return sf.phrases(found)

    def _caught(self, node: ast.Name, scope: Scope) -> Forms:
        """What errors of ours say that an `except ... as name` catches, other than refusals."""
        found: list[str] = []
        for handler in self.source.handlers(scope.function) if scope.function else ():
            if handler.name != node.id or handler.type is None:
                continue
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            for kind in kinds:
                if last_name(kind) in sf.CAUGHT:
                    for call in self.source.calls.get(last_name(kind), []):
                        outer = Scope(call.module, call.module.function_of(call.node), depth=scope.depth + 1)
                        found += self.read(call.node.args[0], outer) if call.node.args else ()
        return sf.phrases(found)

    def _entries(self, node: ast.expr, scope: Scope) -> Forms:
        """The values of a dictionary or list, or what a function yields or lists."""
        found = self.source.constant(scope.module, node)
        module, value = found or (scope.module, node)
        inner = Scope(module, None, depth=scope.depth + 1) if found else scope
        match value:
            case ast.Dict(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
                return sf.phrases(form for one in values for form in self.read(one, inner))
            case ast.Call(func=func):
                place = self.source.function(scope.module, func)
                return sf.phrases(self._returned(*place, {}, scope.depth)) if place else ()
        return ()

    def _call(self, node: ast.Call, scope: Scope) -> Forms:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                return tuple(sf.filled(form, node) for form in self.read(value, scope))
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in sf.KEPT_WHOLE:
                return self.read(value, scope)
            case ast.Call(func=ast.Name(id="str" | "masked" | "next"), args=[value, *_]):
                return self.read(value, scope)
            case ast.Call(func=ast.Attribute(attr="fromkeys"), args=[value]):
                return self.read(value, scope)
            case ast.Call(func=ast.Attribute(value=ast.Subscript(slice=ast.Constant(value=0)), attr="upper")):
                return ("",)  # the first letter of what follows
        place = self.source.function(scope.module, node.func)
        if place is None:
            return ()
        given = sf.argument(Call(node, scope.module), place[1], place[0].is_method(place[1]))
        inner = Scope(scope.module, scope.function, scope.known, scope.depth + 1)
        known = {name: self.read(value, inner) for name, value in given.items()}
        return sf.phrases(self._returned(*place, known, scope.depth))

    def _returned(self, module: Module, function: Function, known: dict[str, Forms], depth: int) -> Iterator[str]:
        inner = Scope(module, function, known, depth + 1)
        for value in self.source.returns(function):
            parts = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            for part in parts:
                yield from self.read(part, inner)
