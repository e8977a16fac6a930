import type { HostedManifest } from './manifest.ts';

type Output = HostedManifest['output'];

/** Number of scores that can leave. */
function countScores({ min, max, step }: Output): number {
  return Math.round((max - min) / step) + 1;
}

/** The nearest score that can leave; halves go up. */
export function roundScore({ min, max, step }: Output, raw: number): number {
  const steps = Math.round((Math.min(Math.max(raw, min), max) - min) / step);
  const score = Math.min(min + steps * step, max);
  return Number(score.toFixed(Math.max(decimalsOf(min), decimalsOf(step))));
}

function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.min(Math.max((mantissa.split('.')[1]?.length ?? 0) - Number(exponent), 0), 20);
}

/**
 * Number of different answers of one run: each score with each ordered list of reasons, and "no score". What is told in one
 * run is the logarithm of it.
 */
export function countOutputs({ output, reasons }: Pick<HostedManifest, 'output' | 'reasons'>): number {
  let lists = 1;
  let ofLength = 1;
  for (let length = 1; length <= Math.min(reasons.max, reasons.words.length); length += 1) {
    ofLength *= reasons.words.length - length + 1;
    lists += ofLength;
  }
  return countScores(output) * lists + 1;
}
