import type { Command } from 'commander';
import { diagnose, readEnv, shapeConfig, systemClock } from '#kernel';
import { openOutput } from '../output.ts';

const SIGNS = { ok: '✓', warn: '!', error: '✗' } as const;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('检查运行条件 · what stands in the way of running well')
    .option('--json', 'one JSON line')
    .action(async (options: { json?: boolean }) => {
      const config = shapeConfig(readEnv());
      const output = openOutput(options.json === true);
      const findings = await diagnose(config, systemClock);
      output.answer({ findings }, () =>
        findings.map(({ level, zh, en }) => `${SIGNS[level]} ${zh}\n  ${en}`).join('\n'),
      );
      if (findings.some(({ level }) => level === 'error')) process.exitCode = 1;
    });
}
