/** torch.utils.viz: pictures of the graph behind tensors. */
import { argumentError, RuntimeError, show } from '../base/errors.js';
import { AccumulateGrad, type Edge, type GraphNode, gradientEdge } from '../graph/node.js';
import { isKeywords, isListOf, isTensor } from '../op/bind.js';
import { Tensor } from '../tensor.js';

/** Keywords of `make_dot`. */
export interface DotOptions {
  /** Draw the tensors that nodes save for backward. */
  show_saved?: boolean;
  /** Write the shapes of tensors on the edges. */
  show_shapes?: boolean;
}

/** What is used of @viz-js/viz. */
export interface Viz {
  renderString(dot: string, options: { format: string }): string;
}

/** A graph in the DOT language. */
export class Dot {
  /** @internal */
  constructor(
    /** The text, for any program of Graphviz. */
    readonly source: string,
  ) {}

  toString(): string {
    return this.source;
  }

  /**
   * The graph as an SVG picture, drawn by the package @viz-js/viz. sconce itself does not bring it: install it beside.
   * @throws RuntimeError when it is not there.
   */
  async svg(viz?: Viz): Promise<string> {
    return (viz ?? (await loadViz())).renderString(this.source, { format: 'svg' });
  }
}

const vizPackage = '@viz-js/viz';

async function loadViz(): Promise<Viz> {
  let module: { instance(): Promise<Viz> };
  try {
    module = (await import(vizPackage)) as typeof module;
  } catch (error) {
    throw new RuntimeError(
      `svg(): drawing needs the package ${vizPackage}, which is not installed: npm install ${vizPackage} ` +
        '(the text in `source` needs nothing)',
      { cause: error },
    );
  }
  return module.instance();
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;

const shapeText = (sizes: readonly number[]): string => (sizes.length === 0 ? 'scalar' : sizes.join(' × '));

const titled = (title: string, { sizes }: Tensor): string => `${title}\n${shapeText(sizes)}`;

/** Writes the statements of one picture; nodes are numbered in the order in which they are met. */
class Drawing {
  private readonly lines: string[] = [];
  private readonly numbers = new Map<object, number>();
  private readonly queue: GraphNode[] = [];

  constructor(
    private readonly names: ReadonlyMap<Tensor, string>,
    private readonly options: Required<DotOptions>,
  ) {}

  draw(outputs: readonly Tensor[]): string {
    outputs.forEach((output, i) => {
      this.output(output, outputs.length === 1 ? 'result' : `result ${i}`);
    });
    for (let i = 0; i < this.queue.length; i++) this.expand(this.queue[i]);
    return [
      'digraph {',
      '  node [shape=box, style="filled,rounded", fillcolor=white, fontname=Helvetica, fontsize=11, height=0.3]',
      '  edge [fontname=Helvetica, fontsize=9, arrowsize=0.7]',
      ...this.lines.map((line) => `  ${line}`),
      '}\n',
    ].join('\n');
  }

  private output(output: Tensor, fallback: string): void {
    const edge = gradientEdge(output);
    if (edge?.node instanceof AccumulateGrad) return void this.node(edge.node);
    const id = this.box({}, titled(this.names.get(output) ?? fallback, output), 'palegreen');
    if (edge !== null) this.edge(edge, id, null);
  }

  private expand(node: GraphNode): void {
    const sizes = node.edgeSizes();
    const id = this.node(node);
    node.edges.forEach((edge, i) => {
      if (edge !== null) this.edge(edge, id, sizes[i] ?? null);
    });
    if (this.options.show_saved) this.saved(node, id);
  }

  private edge(from: Edge, to: string, sizes: readonly number[] | null): void {
    const label = this.options.show_shapes && sizes !== null ? ` [label=${quoted(` ${shapeText(sizes)}`)}]` : '';
    this.lines.push(`${this.node(from.node)} -> ${to}${label}`);
  }

  private saved(node: GraphNode, id: string): void {
    for (const [name, value] of Object.entries(node.savedValues())) {
      if (!(value instanceof Tensor)) continue;
      const saved = this.box({}, titled(this.names.get(value) ?? name, value), 'orange');
      this.lines.push(`${saved} -> ${id} [style=dashed, arrowhead=none]`);
    }
  }

  /** The name of a node's box, which is drawn when it is first met. */
  private node(node: GraphNode): string {
    const known = this.numbers.get(node);
    if (known !== undefined) return `n${known}`;
    if (node instanceof AccumulateGrad) {
      return this.box(node, titled(this.names.get(node.variable) ?? 'leaf', node.variable), 'lightblue');
    }
    this.queue.push(node);
    return this.box(node, node.name().replace('torch::autograd::', ''), 'white');
  }

  private box(key: object, label: string, color: string): string {
    const id = `n${this.numbers.size}`;
    this.numbers.set(key, this.numbers.size);
    this.lines.push(`${id} [label=${quoted(label)}, fillcolor=${color}]`);
    return id;
  }
}

function namesOf(params: unknown): Map<Tensor, string> {
  if (params === null) return new Map();
  if (!isKeywords(params)) throw argumentError('make_dot', 'params', 'an object of Tensors', params);
  return new Map(
    Object.entries(params).map(([name, value]) => {
      if (!isTensor(value)) throw new TypeError(`make_dot(): params.${name} must be Tensor, not ${show(value)}`);
      return [value, name];
    }),
  );
}

function outputsOf(outputs: unknown): Tensor[] {
  const list: unknown[] = Array.isArray(outputs) ? outputs : [outputs];
  if (isListOf(list, isTensor)) return list as Tensor[];
  throw argumentError('make_dot', 'outputs', 'a Tensor or a list of Tensors', outputs);
}

/**
 * The graph behind `outputs`, from the leaves down to them. `params` are tensors under the names that the picture shall
 * give them.
 * @example const svg = await torch.utils.viz.make_dot(loss, { w, b }, { show_saved: true }).svg();
 */
export function make_dot(
  outputs: Tensor | readonly Tensor[],
  params: Readonly<Record<string, Tensor>> | null = null,
  options: DotOptions | null = null,
): Dot {
  const { show_saved = false, show_shapes = true, ...others } = options ?? {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`make_dot() got an unexpected keyword argument '${unknown}'`);
  for (const [name, value] of Object.entries({ show_saved, show_shapes })) {
    if (typeof value !== 'boolean') throw argumentError('make_dot', name, 'bool', value);
  }
  return new Dot(new Drawing(namesOf(params), { show_saved, show_shapes }).draw(outputsOf(outputs)));
}
