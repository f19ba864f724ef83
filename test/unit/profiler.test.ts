/** torch.profiler: what is recorded, and how it is shown. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorsOf, leaf } from './programs.js';

const { profile, record_function, ProfilerActivity } = torch.profiler;
type Profile = torch.profiler.Profile;

const names = (profiler: Profile): string[] => profiler.events().map(({ name }) => name);
const average = (profiler: Profile, name: string) => profiler.key_averages().find(({ key }) => key === name);

/** The table with all times alike, as no two runs take the same. */
const timeless = (table: string): string =>
  table.replace(/ +[\d.]+(us|ms|s|%)/g, (found) => '#'.padStart(found.length)).replace(/: +#\n$/, ': #\n');

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

test('arguments of the wrong kind', () => {
  const profiler = profile(() => torch.ones(1).sin());
  expect(
    errorsOf(
      () => profile(3 as never),
      () => profile({ with_stack: true } as never),
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
    "profile() got an unexpected keyword argument 'with_stack'",
    "profile(): argument 'record_shapes' must be bool, not 1",
    'profile(): argument \'activities\' must be a list of ProfilerActivity.CPU, not ["CUDA"]',
    "profile(): argument 'callback' must be a function, not 3",
    "record_function(): argument 'name' must be str, not 3",
    "record_function(): argument 'callback' must be a function, not 3",
    'table(): sort_by must be one of count, cpu_time, cpu_time_total, self_cpu_time_total, cpu_memory_usage, ' +
      'self_cpu_memory_usage, not "cuda_time"',
    "table(): argument 'row_limit' must be int, not 1.5",
    "export_chrome_trace(): argument 'path' must be str, not 3",
  ]);
});
