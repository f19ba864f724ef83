"""Profilers: schedules, traces, estimates."""
import torch
from torch.nn import functional as F
from torch.profiler import ProfilerAction, ProfilerActivity, profile, schedule

from program import errors_of, group

profiles = group("profiler")
CPU = [ProfilerActivity.CPU]


def names(profiler):
    return [event.name for event in profiler.events() if event.name in ("aten::sin", "ProfilerStep*")]


def traces(plan, steps):
    """What each trace has, and after which step it is complete."""
    log = []
    with profile(activities=CPU, schedule=plan, on_trace_ready=lambda p: log.append((p.step_num, names(p)))) as profiler:
        for _ in range(steps):
            torch.ones(1).sin()
            profiler.step()
    return log


@profiles
def actions_of_schedules():
    cycles = [(1, 1, 2, 0, 0), (0, 0, 1, 0, 0), (2, 1, 3, 2, 0), (1, 2, 1, 1, 4), (0, 1, 1, 0, 3), (3, 0, 2, 2, 1)]
    names = ("wait", "warmup", "active", "repeat", "skip_first")
    return [[schedule(**dict(zip(names, cycle)))(step).value for step in range(20)] for cycle in cycles]


@profiles
def traces_of_schedules():
    return [traces(schedule(wait=1, warmup=1, active=2), 9),
            traces(schedule(wait=0, warmup=1, active=2, repeat=2, skip_first=1), 12),
            traces(schedule(wait=0, warmup=0, active=1), 3),
            traces(None, 3)]


@profiles
def traces_of_other_plans():
    def of(*actions):
        return lambda step: ProfilerAction(actions[step])
    plans = [(2, 0, 2, 0), (2, 1, 2, 3, 2), (1, 0, 1, 3, 0), (3, 3, 1, 1), (0, 2, 2, 2), (1, 1, 1, 1), (0, 0, 0, 3)]
    return [traces(of(*plan), 3 if len(plan) == 4 else 4) for plan in plans]


@profiles
def starting_and_stopping():
    profiler = profile(activities=CPU)
    profiler.start()
    torch.ones(1).sin()
    profiler.stop()
    first = names(profiler)
    torch.ones(1).sin()
    profiler.start()
    torch.ones(1).sin()
    torch.ones(1).sin()
    profiler.stop()
    return first, names(profiler)


@profiles
def errors_of_profilers():
    profiler = profile(activities=CPU)
    profiler.start()
    profiler.stop()
    return errors_of(lambda: schedule(wait=-1, warmup=1, active=1), lambda: schedule(wait=1, warmup=1, active=0),
                     lambda: schedule(wait=1, warmup=1, active=1, repeat=-1), profiler.stop)


@profiles
def floating_point_operations():
    a, b = torch.ones(3, 4), torch.ones(4, 5)
    c, d = torch.ones(2, 3, 4), torch.ones(2, 4, 5)
    with profile(activities=CPU, with_flops=True) as profiler:
        a @ b
        torch.addmm(torch.ones(3, 5), a, b)
        torch.bmm(c, d)
        torch.baddbmm(torch.ones(2, 3, 5), c, d)
        a + a
        a.add(c)
        a * 2
        F.conv2d(torch.ones(2, 4, 8, 8), torch.ones(6, 2, 3, 3), None, 2, 1, 1, 2)
        F.linear(a, torch.ones(5, 4), torch.ones(5))
    return [event.flops for event in profiler.events() if event.flops]
