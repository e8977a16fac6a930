import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadCatalogue } from '#lists';
import { readEnv, shapeConfig } from '#kernel';
import { writeCity } from '#synth';
import { openOutput } from '../output.ts';
import { join } from 'node:path';

type Options = {
  enterprises: string;
  seed: string;
  defects: string;
  months: string;
  until: string;
  out: string;
  json?: boolean;
};

/** Writes department files; delivering them is another command, as it is for a real department. */
export function addSynth(program: Command): void {
  program
    .command('synth')
    .description('生成合成城市的部门交付文件 · write the department files of a synthetic city')
    .option('--enterprises <n>', 'how many enterprises', '2000')
    .option('--seed <n>', 'same seed, same bytes', '1')
    .option('--defects <share>', 'share of rows with a planted defect', '0.01')
    .option('--months <n>', 'months of history', '24')
    .option('--until <date>', 'last day of the data', '2026-10-31')
    .option('--out <folder>', 'where to write', 'synthetic-city')
    .option('--json', 'one JSON line')
    .action(async (options: Options) => {
      const output = openOutput(options.json === true);
      const { packageFolder } = shapeConfig(readEnv());
      const enterprises = Number(options.enterprises);
      const summary = await writeCity({
        folder: resolve(options.out),
        enterprises,
        seed: Number(options.seed),
        defectShare: Number(options.defects),
        months: Number(options.months),
        until: options.until,
        catalogue: loadCatalogue([join(packageFolder, 'lists')]),
        progress: (done) => output.progress('合成城市', done, enterprises),
      });
      output.answer(summary, () => `合成数据已写入 ${resolve(options.out)}（不是真实企业）。`);
    });
}
