/** torch.profiler: what is recorded, and how it is shown. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorsOf, leaf, replay } from './programs.js';

const { profile, record_function, schedule, tensorboard_trace_handler, ProfilerAction, ProfilerActivity } =
  torch.profiler;
type Plan = (step: number) => torch.profiler.ProfilerAction;
type Profile = torch.profiler.Profile;

const names = (profiler: Profile): string[] => profiler.events().map(({ name }) => name);
const average = (profiler: Profile, name: string) => profiler.key_averages().find(({ key }) => key === name);

/** The table with all times alike, as no two runs take the same. */
const timeless = (table: string): string =>
  table.replace(/ +[\d.]+(us|ms|s|%)/g, (found) => '#'.padStart(found.length)).replace(/: +#\n$/, ': #\n');

const compared = (profiler: Profile): string[] =>
  names(profiler).filter((name) => name === 'aten::sin' || name === 'ProfilerStep*');

/** What each trace has, and after which step it is complete. */
function traces(plan: Plan | null, steps: number): unknown[] {
  const log: unknown[] = [];
  const on_trace_ready = (profiler: Profile) => void log.push([profiler.step_num, compared(profiler)]);
  profile({ activities: [ProfilerActivity.CPU], schedule: plan, on_trace_ready }, (profiler) => {
    for (let step = 0; step < steps; step++) {
      torch.ones(1).sin();
      profiler.step();
    }
  });
  return log;
}

/** What `body` warns of. */
function warningsOf(body: () => void): unknown[] {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  body();
  const warnings = warn.mock.calls.map(([text]) => text);
  warn.mockRestore();
  return warnings;
}

describe('without warnings', () => {
  beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());
  const cycles = (wait: number, warmup: number, active: number, repeat: number, skip_first: number) =>
    schedule({ wait, warmup, active, repeat, skip_first });
  replay('profiler', {
    'actions of schedules': () =>
      [
        cycles(1, 1, 2, 0, 0),
        cycles(0, 0, 1, 0, 0),
        cycles(2, 1, 3, 2, 0),
        cycles(1, 2, 1, 1, 4),
        cycles(0, 1, 1, 0, 3),
        cycles(3, 0, 2, 2, 1),
      ].map((plan) => Array.from({ length: 20 }, (_, step) => plan(step))),
    'traces of schedules': () => [
      traces(schedule({ wait: 1, warmup: 1, active: 2 }), 9),
      traces(schedule({ wait: 0, warmup: 1, active: 2, repeat: 2, skip_first: 1 }), 12),
      traces(schedule({ wait: 0, warmup: 0, active: 1 }), 3),
      traces(null, 3),
    ],
    'traces of other plans': () => {
      const plans = [
        [2, 0, 2, 0],
        [2, 1, 2, 3, 2],
        [1, 0, 1, 3, 0],
        [3, 3, 1, 1],
        [0, 2, 2, 2],
        [1, 1, 1, 1],
        [0, 0, 0, 3],
      ] as const;
      return plans.map((plan) => traces((step) => plan[step] ?? 0, plan.length === 4 ? 3 : 4));
    },
    'starting and stopping': () => {
      const profiler = profile();
      profiler.start();
      torch.ones(1).sin();
      profiler.stop();
      const first = compared(profiler);
      torch.ones(1).sin();
      profiler.start();
      torch.ones(1).sin();
      torch.ones(1).sin();
      profiler.stop();
      return [first, compared(profiler)];
    },
    'errors of profilers': () => {
      const profiler = profile();
      profiler.stop();
      return errorsOf(
        () => schedule({ wait: -1, warmup: 1, active: 1 }),
        () => schedule({ wait: 1, warmup: 1, active: 0 }),
        () => schedule({ wait: 1, warmup: 1, active: 1, repeat: -1 }),
        () => profiler.stop(),
      );
    },
    'floating point operations': () => {
      const { conv2d, linear } = torch.nn.functional;
      const [a, b, c, d] = [torch.ones(3, 4), torch.ones(4, 5), torch.ones(2, 3, 4), torch.ones(2, 4, 5)];
      const profiler = profile({ with_flops: true }, () => {
        a.matmul(b);
        torch.ones(3, 5).addmm(a, b);
        c.bmm(d);
        torch.ones(2, 3, 5).baddbmm(c, d);
        a.add(a);
        a.add(c);
        a.mul(2);
        conv2d(torch.ones(2, 4, 8, 8), torch.ones(6, 2, 3, 3), null, 2, 1, 1, 2);
        linear(a, torch.ones(5, 4), torch.ones(5));
      });
      return profiler.events().flatMap(({ flops }) => (flops > 0 ? [flops] : []));
    },
  });
});

describe('schedules', () => {
  test('warn where no warm-up is, and where a plan cuts a trace off', () => {
    expect(warningsOf(() => schedule({ wait: 0, warmup: 0, active: 1 }))).toEqual([
      "Profiler won't be using warmup, this can skew profiler results",
    ]);
    const plan: Plan = (step) => [ProfilerAction.RECORD, ProfilerAction.WARMUP, ProfilerAction.NONE][step] ?? 0;
    expect(warningsOf(() => void traces(plan, 2))).toEqual([
      'Incorrect schedule: RECORD followed by WARMUP',
      'Incorrect schedule: WARMUP followed by NONE',
    ]);
  });

  test('number the steps in a trace', () => {
    const profiler = profile({ schedule: () => ProfilerAction.RECORD });
    profiler.step();
    profiler.stop();
    expect(profiler.events().map(({ trace_name }) => trace_name)).toEqual(['ProfilerStep#0', 'ProfilerStep#1']);
  });

  test('leave nothing behind, however profilers overlap', () => {
    const x = leaf(1);
    const plan = () => schedule({ wait: 1, warmup: 1, active: 1, repeat: 1 });
    const [outer, inner] = [profile({ schedule: plan() }), profile()];
    for (let step = 0; step < 4; step++) {
      x.sin();
      outer.step();
    }
    const third = profile();
    inner.stop();
    x.sin();
    third.stop();
    outer.stop();
    x.sin().backward();
    const sines = (profiler: Profile): number => names(profiler).filter((name) => name === 'aten::sin').length;
    expect([outer, inner, third].map(sines)).toEqual([1, 4, 1]);
  });

  test('a profiler that ended within another level is gone', () => {
    const profiler = profile();
    torch.autograd.forward_ad.dual_level(() => {
      torch.ones(1).sin();
      profiler.stop();
      torch.ones(1).cos();
    });
    torch.ones(1).tan();
    expect(names(profiler)).toContain('aten::sin');
    expect(names(profiler)).not.toContain('aten::cos');
    expect(names(profiler)).not.toContain('aten::tan');
  });
});

describe('stacks', () => {
  const x = leaf(1, 2);
  const sine = (): torch.Tensor => x.sin();
  const profiler = profile({ with_stack: true }, () => {
    for (let i = 0; i < 2; i++) sine().sum().backward();
    x.sin();
  });
  const here = /^\/.*test\/unit\/profiler\.test\.ts\(\d+\): /;
  const eventsOf = (name: string) => profiler.events().filter((event) => event.name === name);

  test('begin at the line that called, outside of the library', () => {
    const [first, , other] = eventsOf('aten::sin');
    expect(first.stack[0]).toMatch(new RegExp(`${here.source}sine$`));
    expect(first.stack[1]).toMatch(here);
    expect(other.stack[0]).not.toBe(first.stack[0]);
    expect(profile(sine).events()[0].stack).toEqual([]);
  });

  test('of nodes, and of what they call, are those of the forward calls', () => {
    const [first] = eventsOf('aten::sin');
    expect(eventsOf('SinBackward0')[0].stack).toEqual(first.stack);
    expect(eventsOf('aten::cos')[0].stack).toEqual(first.stack);
  });

  test('divide averages', () => {
    const sums = (group_by_stack_n: number) =>
      profiler.key_averages({ group_by_stack_n }).filter(({ key }) => key === 'aten::sin');
    expect(sums(0).map(({ count, stack }) => [count, stack.length])).toEqual([[3, 0]]);
    expect(sums(1).map(({ count, stack }) => [count, stack.length])).toEqual([
      [2, 1],
      [1, 1],
    ]);
  });

  test('stand in the table, the innermost line beside the name', () => {
    const averages = profiler.key_averages({ group_by_stack_n: 2 });
    const lines = averages.table({ row_limit: 1, max_src_column_width: 36 }).split('\n');
    expect(lines[1]).toMatch(/Source Location {23}$/);
    expect(lines[3]).toMatch(/ aten::sin .* \.\.\..*profiler\.test\.ts\(\d+\): sine {2}$/);
    expect(lines[4]).toMatch(/^ +\.\.\..*profiler\.test\.ts\(\d+\): /);
    expect(lines[5]).toMatch(/^ +$/);
    expect(new Set(lines.slice(0, 7).map(({ length }) => length)).size).toBe(1);
  });

  test('are written to traces and for flame graphs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
    profiler.export_chrome_trace(join(folder, 'trace.json'));
    profiler.export_stacks(join(folder, 'stacks'));
    const [event] = JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8')).traceEvents;
    expect(event.args['Call stack'].split(';')[0]).toMatch(/sine$/);
    const lines = readFileSync(join(folder, 'stacks'), 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^\S+ [1-9]\d*$/);
    rmSync(folder, { recursive: true });
  });
});

describe('what is recorded', () => {
  test('operators, named stretches, and the nodes of a backward pass', () => {
    const x = leaf(1, 2);
    const profiler = profile(() => {
      const y = record_function('layer', () => x.sin().mul(x));
      y.sum().backward();
    });
    x.cos();
    expect(names(profiler)).toEqual(
      expect.arrayContaining([
        'layer',
        'aten::sin',
        'aten::mul',
        'aten::sum',
        'autograd::engine::evaluate_function: SinBackward0',
        'SinBackward0',
        'aten::cos',
      ]),
    );
    expect(names(profiler).filter((name) => name === 'aten::cos')).toHaveLength(1);
    const [layer, sine] = profiler.events();
    expect([layer.name, sine.name, sine.cpu_parent, layer.cpu_parent]).toEqual(['layer', 'aten::sin', layer, null]);
  });

  test('times that add up', () => {
    const x = torch.ones(1000);
    const profiler = profile(() => record_function('all', () => x.std()));
    const [all] = profiler.events();
    const total = profiler.key_averages().self_cpu_time_total;
    expect(total).toBeCloseTo(all.cpu_time_total, 6);
    for (const event of profiler.events()) expect(event.self_cpu_time_total).toBeGreaterThanOrEqual(0);
    expect(average(profiler, 'all')).toMatchObject({ count: 1, cpu_time_total: all.cpu_time_total });
  });

  test('shapes and memory, when asked for', () => {
    const [x, w] = [torch.ones(4, 3), torch.ones(3, 2)];
    const options = { record_shapes: true, profile_memory: true, activities: [ProfilerActivity.CPU] };
    const profiler = profile(options, () => {
      torch.cat([x.matmul(w), torch.zeros(1, 2)]);
      x.view(12);
      x.mul_(2);
    });
    const event = (name: string) => profiler.events().find((event) => event.name === `aten::${name}`);
    expect(event('mm')?.input_shapes).toEqual([
      [4, 3],
      [3, 2],
    ]);
    expect(event('cat')?.input_shapes).toEqual([[4, 2], [1, 2], []]);
    expect(event('cat')?.cpu_memory_usage).toBe(40);
    expect(event('view')?.cpu_memory_usage).toBe(0);
    expect(event('mul_')?.cpu_memory_usage).toBe(0);
    const plain = profile(() => x.matmul(w));
    expect(plain.events().every(({ input_shapes, cpu_memory_usage }) => input_shapes.length + cpu_memory_usage === 0));
    const grouped = profile({ record_shapes: true }, () => [x.sin(), w.sin(), w.sin()]);
    const counts = grouped.key_averages({ group_by_input_shape: true }).map(({ count }) => count);
    expect(counts).toEqual([1, 2]);
  });

  test('by several profilers at once, and by none afterwards', () => {
    const x = leaf(1);
    const outer = profile();
    x.sin();
    const inner = profile();
    record_function('both', () => x.cos());
    inner[Symbol.dispose]();
    x.exp();
    outer[Symbol.dispose]();
    outer[Symbol.dispose]();
    x.tan();
    expect(names(outer)).toEqual(['aten::sin', 'both', 'aten::cos', 'aten::exp']);
    expect(names(inner)).toEqual(['both', 'aten::cos']);
  });

  test('errors end what they leave', async () => {
    const failing = (): never => {
      throw new Error('from within');
    };
    const profiler = profile();
    expect(() => record_function('failing', failing)).toThrow('from within');
    expect(() => torch.ones(2).add(torch.ones(3))).toThrow();
    expect(() => profile(failing)).toThrow('from within');
    profiler[Symbol.dispose]();
    expect(names(profiler)).toEqual(expect.arrayContaining(['failing', 'aten::add']));
    expect(profiler.events().every(({ end, start }) => end >= start)).toBe(true);
  });

  test('while promises are pending', async () => {
    const profiler = await profile(async () => {
      await record_function('waiting', () => sleep(5));
      torch.ones(1).sin();
    });
    torch.ones(1).cos();
    expect(names(profiler)).toContain('aten::sin');
    expect(names(profiler)).not.toContain('aten::cos');
    expect(average(profiler, 'waiting')?.cpu_time_total).toBeGreaterThan(3000);
  });
});

describe('how it is shown', () => {
  const x = torch.ones(2, 3);

  test('as the table that PyTorch prints', () => {
    const profiler = profile(() => [x.sin(), x.sin(), x.cos()]);
    expect(timeless(profiler.key_averages().table({ header: 'Title', top_level_events_only: true }))).toBe(
      [
        '='.repeat(97),
        'Title',
        '='.repeat(97),
        'This report only display top-level ops statistics',
        '-------------  ------------  ------------  ------------  ------------  ------------  ------------  ',
        '         Name    Self CPU %      Self CPU   CPU total %     CPU total  CPU time avg    # of Calls  ',
        '-------------  ------------  ------------  ------------  ------------  ------------  ------------  ',
        '    aten::sin             #             #             #             #             #             2  ',
        '    aten::cos             #             #             #             #             #             1  ',
        '-------------  ------------  ------------  ------------  ------------  ------------  ------------  ',
        'Self CPU time total: #',
        '',
      ].join('\n'),
    );
  });

  test('with memory and shapes, sorted and cut', () => {
    const profiler = profile({ record_shapes: true, profile_memory: true }, () => {
      x.sin();
      torch.ones(1000, 2).cos();
    });
    const list = profiler.key_averages({ group_by_input_shape: true });
    const lines = list.table({ sort_by: 'cpu_memory_usage', row_limit: 2 }).split('\n');
    expect(lines[1]).toMatch(/ CPU Mem {2}Self CPU Mem {4}# of Calls +Input Shapes {2}$/);
    expect(lines.slice(3, 5).join()).toContain('7.81 Kb');
    expect(lines).toHaveLength(8);
    expect(String(list)).toContain('24 b');
    expect(
      profile(() => 0)
        .key_averages()
        .table(),
    ).toBe('');
  });

  test('without options, as with none of them', () => {
    const averages = profile(() => x.sin()).key_averages(null);
    expect(averages.map(({ key }) => key)).toEqual(['aten::sin']);
    expect(averages.table(null)).toBe(String(averages));
  });

  test('as a Chrome trace', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-'));
    const profiler = profile({ record_shapes: true }, () => x.sin());
    profiler.export_chrome_trace(join(folder, 'trace.json'));
    profiler.export_chrome_trace(join(folder, 'trace.json.gz'));
    const text = readFileSync(join(folder, 'trace.json'), 'utf8');
    expect(gunzipSync(readFileSync(join(folder, 'trace.json.gz'))).toString()).toBe(text);
    rmSync(folder, { recursive: true });
    const [event] = JSON.parse(text).traceEvents;
    expect(event).toMatchObject({ ph: 'X', name: 'aten::sin', pid: process.pid, args: { 'Input Dims': [[2, 3]] } });
    expect(event.dur).toBeGreaterThan(0);
  });
});

test('a trace of each cycle is a file of its own', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'traces-')), 'log');
  const on_trace_ready = tensorboard_trace_handler(folder, { worker_name: 'first', use_gzip: true });
  const profiler = profile({ on_trace_ready });
  profiler.add_metadata('run', 'seven');
  torch.ones(1).sin();
  profiler.stop();
  const [file] = readdirSync(folder);
  expect(file).toMatch(/^first\.\d+\.pt\.trace\.json\.gz$/);
  const trace = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString());
  expect([trace.run, trace.traceEvents.length]).toEqual(['seven', 2]);
  const under = tensorboard_trace_handler(join(folder, file, 'below'));
  expect(() => profile({ on_trace_ready: under }, () => {})).toThrow("Can't create directory: ");
  rmSync(folder, { recursive: true });
});

test('floating-point operations have a column, in the unit of the fewest', () => {
  const profiler = profile({ with_flops: true }, () => {
    torch.ones(64, 64).matmul(torch.ones(64, 64));
    torch.ones(100, 100).add(1);
    torch.ones(2).sin();
  });
  const lines = profiler.key_averages().table({ sort_by: 'flops' }).split('\n');
  expect(lines[1]).toMatch(/ Total KFLOPs {2}$/);
  expect(lines.slice(3, 6).map((line) => line.trim().split(/ +/).at(-1))).toEqual(['524.288', '10.000', '--']);
});

test('arguments of the wrong kind', () => {
  const profiler = profile(() => torch.ones(1).sin());
  expect(
    errorsOf(
      () => profile(3 as never),
      () => profile({ with_modules: true } as never),
      () => profile({ schedule: 3 as never }),
      () => profile({ schedule: () => 7 as never }),
      () => profile({ on_trace_ready: 'now' as never }),
      () => profile({ schedule: () => ProfilerAction.NONE }).events(),
      () => profiler.step(),
      () => schedule({ wait: 1, warmup: 1 } as never),
      () => schedule({ wait: 1, warmup: 1, active: 1, often: 1 } as never),
      () => schedule({ wait: 1, warmup: 1, active: 1 })(-1),
      () => tensorboard_trace_handler(3 as never),
      () => tensorboard_trace_handler('folder')(3 as never),
      () => profiler.key_averages({ group_by_stack_n: -1 }),
      () => profiler.export_stacks('file', 'self_cuda_time_total'),
      () => profile({ record_shapes: 1 as never }),
      () => profile({ activities: ['CUDA' as never] }),
      () => profile({}, 3 as never),
      () => record_function(3 as never),
      () => record_function('name', 3 as never),
      () => profiler.key_averages().table({ sort_by: 'cuda_time' as never }),
      () => profiler.key_averages().table({ row_limit: 1.5 }),
      () => profiler.export_chrome_trace(3 as never),
    ),
  ).toEqual([
    "profile(): argument 'options' must be an object, not 3",
    "profile() got an unexpected keyword argument 'with_modules'",
    "profile(): argument 'schedule' must be a function, not 3",
    'profile(): schedule must return a ProfilerAction, not 7, for step 0',
    'profile(): argument \'on_trace_ready\' must be a function, not "now"',
    'events(): nothing was recorded yet, as the schedule has not come to a step that is',
    'step(): the profiler has ended; start() begins anew',
    "schedule(): argument 'active' must be int, not undefined",
    "schedule() got an unexpected keyword argument 'often'",
    "schedule(): argument 'step' must be an int from 0 on, not -1",
    "tensorboard_trace_handler(): argument 'dir_name' must be str, not 3",
    "tensorboard_trace_handler(): argument 'profiler' must be a profile, not 3",
    "key_averages(): argument 'group_by_stack_n' must be an int from 0 on, not -1",
    'metric should be one of: [\'self_cpu_time_total\'], not "self_cuda_time_total"',
    "profile(): argument 'record_shapes' must be bool, not 1",
    'profile(): argument \'activities\' must be a list of ProfilerActivity.CPU, not ["CUDA"]',
    "profile(): argument 'callback' must be a function, not 3",
    "record_function(): argument 'name' must be str, not 3",
    "record_function(): argument 'callback' must be a function, not 3",
    'table(): sort_by must be one of count, cpu_time, cpu_time_total, self_cpu_time_total, cpu_memory_usage, ' +
      'self_cpu_memory_usage, flops, not "cuda_time"',
    "table(): argument 'row_limit' must be int, not 1.5",
    "export_chrome_trace(): argument 'path' must be str, not 3",
  ]);
});
