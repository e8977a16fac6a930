import { beijingTime } from '#kernel';
import type { Everything } from '../read-everything.ts';
import type { PrintPart, PrintView } from './print-shape.ts';

type Cover = {
  readonly exportId: string;
  readonly nodeName: string;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly asOf: Date;
  readonly issuedAt: Date;
  readonly isSynthetic: boolean;
};

export function viewOf({ parts }: Everything, cover: Cover): PrintView {
  const { exportId, nodeName, enterprise, asOf, issuedAt, isSynthetic } = cover;
  return {
    title: '企业全部信息',
    facts: [
      ['企业', enterprise.name],
      ['代码', enterprise.code ?? '无'],
      ['截至', beijingTime(asOf)],
      ['出具', `${nodeName}　${beijingTime(issuedAt)}`],
      ['编号', exportId],
    ],
    notice: isSynthetic ? '本文件含合成数据，仅供演示。' : null,
    footer: exportId,
    parts: parts.map(({ part: { title, note }, items }) => ({
      title: `${title.zh}　${title.en}`,
      note: note.zh,
      count: items.length,
      lines: items.map(({ at, words }) => [at === null ? '' : beijingTime(at), words.zh] as const),
    })),
  };
}

/** One view for each PDF: parts stay in their order, and one that is too long is continued in the next file. */
export function splitView(view: PrintView, linesMax: number): PrintView[] {
  const files: PrintPart[][] = [];
  let [current, room] = [[] as PrintPart[], linesMax];
  const turn = (): void => {
    files.push(current);
    [current, room] = [[], linesMax];
  };
  for (const part of view.parts) {
    let { lines } = part;
    do {
      if (room === 0) turn();
      current.push({ ...part, lines: lines.slice(0, room) });
      const taken = Math.min(room, lines.length);
      lines = lines.slice(taken);
      room -= taken;
    } while (lines.length > 0);
  }
  turn();
  return files.map((parts) => ({ ...view, parts }));
}
