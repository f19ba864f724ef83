"""Tensors that share memory: data, set_, detach_, and outputs of functions that return several views."""
import torch

from program import error_of, errors_of, group, leaf, name_of

sharing = group("sharing")


@sharing
def data_has_a_version_of_its_own():
    x = leaf(1, 2, 3)
    y = x * 1
    z = y.sin()
    data = y.data
    versions = [data._version]
    data.mul_(2)
    part = data[:2]
    part.add_(1)
    versions += [y._version, data._version, part._version]
    error = error_of(lambda: z.sum().backward())
    return versions, y, error, x.grad, data.requires_grad, data.is_leaf, name_of(data.grad_fn), data._is_view()


@sharing
def writes_through_data_of_leaves():
    x = leaf(1, 2)
    y = x * x
    x.data.mul_(10)
    y.sum().backward()
    x.data[0] = 7
    x.data.copy_(x.data.flip(0))
    return x, x._version, x.grad, x.data.data_ptr() == x.data_ptr()


@sharing
def overlapping_writes_through_data():
    x = torch.arange(1.0, 5.0)
    x.data[1:].copy_(x[1:] * x[:-1])
    return x, errors_of(lambda: x.data[1:].mul_(x[:-1]), lambda: x[1:].add_(x.data[:-1]))


@sharing
def data_that_is_assigned():
    x, source = leaf(1, 2), torch.tensor([5.0, 5.0])
    y = x * x
    x.data = source
    versions = [x._version]
    source.add_(1)
    versions += [x._version, source._version]
    z = (x * x).sum()
    x.data = torch.full((2,), 7.0)
    z.backward()
    return x, versions, x.grad, list(y.shape), source


@sharing
def set_takes_over():
    s, t = torch.zeros(2), torch.arange(6.0).view(2, 3).t()
    r = s.set_(t)
    versions = [s._version, t._version]
    t.add_(1)
    versions += [s._version, t._version]
    base = torch.ones(4)
    view = base[:2]
    view.set_(torch.zeros(3))
    empty = torch.ones(2).set_()
    return r is s, s, list(s.stride()), s.data_ptr() == t.data_ptr(), versions, view, base, list(empty.shape)


@sharing
def set_is_noticed():
    x, w = torch.ones(3), leaf(1, 2, 3)
    y = x * w
    x.set_(torch.zeros(3))
    return x._version, error_of(lambda: y.sum().backward())


@sharing
def set_has_no_derivative():
    x = leaf(1, 2) * 1
    x.set_(torch.ones(3))
    y = torch.ones(2)
    y.set_(leaf(1, 2, 3) * 2)
    w = leaf(1, 2)
    return (
        name_of(x.grad_fn), x.requires_grad, y.requires_grad,
        errors_of(lambda: x.sum().backward(), lambda: y.sum().backward(), lambda: w.set_(torch.ones(3))),
    )


def views_of_several(base):
    return {
        "unbind": base.unbind()[0], "split": base.split(1)[0], "chunk": base.chunk(3)[1],
        "tensor_split": base.tensor_split(3)[2], "split_with_sizes": base.split_with_sizes([1, 2])[1],
    }


@sharing
def writes_to_outputs_of_several_views():
    x = leaf(1, 2, 3)
    one = torch.ones(1, requires_grad=True)
    answers = []
    for write in [lambda v: v.add_(1), lambda v: v.copy_(one.sum()), lambda v: v.zero_(), lambda v: v.detach_()]:
        answers += [[error_of(lambda: write(view)) for view in views_of_several(x * 1).values()]]
    return answers


@sharing
def writes_to_outputs_of_several_views_without_a_graph():
    base = torch.ones(3)
    for view in views_of_several(base).values():
        view.mul_(2)
    x = leaf(4)
    return base, [error_of(lambda: view.mul_(x.sum())) for view in views_of_several(base).values()]


@sharing
def writes_under_no_grad_to_outputs_of_several_views():
    base = leaf(1, 2, 3) * 1
    views = views_of_several(base)
    with torch.no_grad():
        first = error_of(lambda: views["unbind"].mul_(2))
    return first, base, errors_of(lambda: views["unbind"].grad_fn, lambda: views["split"].sum())


@sharing
def views_of_outputs_of_several_views():
    base = leaf(1, 2, 3, 4) * 1
    half = base.split(2)[0]
    return errors_of(
        lambda: half.view(2, 1).add_(1), lambda: half[0].mul_(2), lambda: half.unbind()[1].mul_(2),
        lambda: half.detach().mul_(1),
    )


@sharing
def leaves_and_views_of_leaves():
    x = leaf(1, 2, 3, 4)
    one = leaf(1)
    def under_no_grad():
        with torch.no_grad():
            x[0] = 9
            x.view(2, 2)[1].mul_(2)
            x.copy_(x + 1)
    return errors_of(
        lambda: x.mul_(2), lambda: x.view(2, 2).t()[0].mul_(2), lambda: x[1:][0].copy_(one[0]),
        lambda: x.unbind()[0].mul_(2), lambda: x.zero_(), lambda: x.detach_(), lambda: x[:2].detach_(),
        lambda: x.copy_(x), lambda: x.squeeze_(), lambda: x.detach().mul_(1), under_no_grad,
    ), x, x._version, x.requires_grad


@sharing
def detach_in_place():
    base = leaf(1, 2, 3) * 2
    view = base[:2]
    error = error_of(lambda: view.detach_())
    later = base[1:]
    base.detach_()
    after = [base.requires_grad, base.is_leaf, view.requires_grad, name_of(later.grad_fn)]
    x = leaf(1, 2, 3)
    (base * x).sum().backward()
    return error, after, x.grad


@sharing
def copy_into_views_of_views():
    x, w = leaf(1, 2, 3, 4), leaf(10, 20)
    base = x * 1
    row = base.view(2, 2)[1]
    last = row[1:]
    row.copy_(w)
    last.copy_(x[:1])
    last.mul_(3)
    (base * base).sum().backward()
    return base, row, last, x.grad, w.grad, name_of(base.grad_fn), name_of(row.grad_fn), name_of(last.grad_fn)


@sharing
def views_made_before_and_after_a_write():
    x = leaf(1, 2, 3, 4)
    base = x * 1
    early = base.view(2, 2)
    inner = early[0]
    base[1:3].mul_(x[:2])
    late = base.view(2, 2)
    early.t().add_(1)
    (inner.sum() + late[1].sum() * 10).backward()
    return inner, late, x.grad


@sharing
def writes_to_views_made_by_split_and_chunk():
    def outputs(make):
        def run():
            x = torch.arange(6.0, requires_grad=True) * 1
            make(x)[0].mul_(2)
        return error_of(run)
    return [outputs(lambda x: x.split(2)), outputs(lambda x: x.chunk(3)), outputs(lambda x: x.split([2, 4])),
            outputs(lambda x: x.tensor_split(3)), outputs(lambda x: x.view(2, 3).unbind(1)),
            outputs(lambda x: [x.narrow(0, 0, 2)]), outputs(lambda x: [x.unfold(0, 2, 2)]), outputs(lambda x: [x.diag().diagonal()])]


@sharing
def views_made_under_no_grad_and_written_with_a_graph():
    x = leaf(1, 2, 3)
    y = x * 1
    with torch.no_grad():
        view = y[:2]
        leaf_view = x[:2]
    factor = leaf(5, 6)
    failed = errors_of(lambda: view.mul_(factor), lambda: view.mul_(2), lambda: leaf_view.mul_(factor))
    with torch.no_grad():
        view.mul_(2)
    return failed, y, name_of(y.grad_fn)


@sharing
def a_write_to_a_view_of_a_constant():
    base = torch.zeros(4)
    view = base[1:3]
    w = leaf(2, 3)
    view.copy_(w * 2)
    base.mul_(3)
    base.sum().backward()
    return base, name_of(base.grad_fn), name_of(view.grad_fn), base.requires_grad, view.requires_grad, w.grad


@sharing
def flags_of_views_of_constants():
    base = torch.zeros(4)
    view = base[1:3]
    view.requires_grad_()
    failed = errors_of(lambda: base.mul_(2), lambda: view.mul_(2))
    w = leaf(1)
    with torch.no_grad():
        base.add_(w)
    return base.requires_grad, view.requires_grad, view.is_leaf, failed, view
