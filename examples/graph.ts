/** Draws the graph behind a loss to docs/images/graph.svg; the package @viz-js/viz must be installed. */
import { writeFileSync } from 'node:fs';
import * as torch from 'sconce';

const x = torch.ones(8, 3);
const w = torch.ones(4, 3, { requires_grad: true });
const b = torch.zeros(4, { requires_grad: true });
const loss = x.matmul(w.t()).add(b).tanh().square().mean();

const picture = torch.utils.viz.make_dot(loss, { x, w, b, loss }, { show_saved: true });
writeFileSync(new URL('../docs/images/graph.svg', import.meta.url), await picture.svg());
