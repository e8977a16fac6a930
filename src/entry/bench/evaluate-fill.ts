/**
 * A process of its own that fills the benchmark's tables, on the node that the settings name:
 * `evaluate-fill.ts ENTERPRISES MONTHS`. Prints how many records there are.
 */
import { createLogger, readEnv, shapeConfig } from '#kernel';
import { openNode } from '../compose.ts';
import { fillTables } from './evaluate-deliver.ts';
import { benchCode } from './ingest-files.ts';

const [, , enterprises = '', months = ''] = process.argv;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const node = await openNode({ config: shapeConfig(readEnv()), logger: createLogger('error'), say });
const codes = Array.from({ length: Number(enterprises) }, (_, n) => benchCode(n));
try {
  const records = await fillTables(node, node.config.dataFolder, { codes, months: Number(months) });
  process.stdout.write(`${records}\n`);
} finally {
  await node.close();
}
