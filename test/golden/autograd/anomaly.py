"""detect_anomaly."""
import torch
from torch.autograd import detect_anomaly, set_detect_anomaly

from program import error_of, group, leaf

anomaly = group("anomaly")


def failing(check_nan=True):
    def action():
        with detect_anomaly(check_nan=check_nan):
            x = leaf(0)
            (x.sqrt() * 0).sum().backward()
    return error_of(action)


@anomaly
def not_a_number_in_a_gradient():
    x = leaf(0)
    (x.sqrt() * 0).sum().backward()
    def second():
        with detect_anomaly():
            x = leaf(0)
            w = leaf(2)
            (w * x.sqrt() * 0).sum().backward()
    return x.grad.isnan().item(), failing(), failing(False), error_of(second)


@anomaly
def modes_of_anomaly_detection():
    seen = [torch.is_anomaly_enabled()]
    with detect_anomaly():
        seen.append(torch.is_anomaly_enabled())
        with set_detect_anomaly(False):
            seen.append(torch.is_anomaly_enabled())
        seen.append(torch.is_anomaly_enabled())
    seen.append(torch.is_anomaly_enabled())
    return seen
