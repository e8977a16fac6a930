import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { breakable, type Font, openFont, printable } from '#information';
import type { PrintTask, PrintView } from './print-shape.ts';

/*
 * The thread that typesets: a bundle of thousands of lines takes about a second, in which nothing else of the process
 * must wait. One file after another; font and compiler stay loaded. It is started by print-everything.ts only.
 */
assert(parentPort !== null, 'runs as a worker thread');
const port = parentPort;
port.on('message', (task: PrintTask) => {
  printOne(task).then(
    (pdf) => port.postMessage(pdf),
    (error: unknown) => {
      setImmediate(() => {
        throw error; // ends the thread and reaches the caller as the thread's error
      });
    },
  );
});

type Opened = { readonly font: Font; readonly compile: (view: PrintView, at: Date) => Buffer };
let opened: Promise<Opened> | undefined;

async function printOne({ packageFolder, view, at }: PrintTask): Promise<Buffer> {
  opened ??= open(packageFolder);
  const { font, compile } = await opened;
  return compile(shown(view, font), at);
}

async function open(packageFolder: string): Promise<Opened> {
  const { NodeCompiler } = await import('@myriaddreamin/typst-ts-node-compiler');
  const font = await openFont(packageFolder);
  const folder = join(packageFolder, 'assets/rights');
  const template = readFileSync(join(folder, 'everything.typ'), 'utf8');
  const compiler = NodeCompiler.create({ workspace: folder, fontArgs: [{ fontBlobs: [font.bytes] }] });
  return {
    font,
    compile: (view, at) => {
      const pdf = compiler.pdf(
        { mainFileContent: template, inputs: { view: JSON.stringify(view) } },
        { pdfStandard: 'a-2u', pdfTags: false, creationTimestamp: Math.floor(at.getTime() / 1_000) },
      );
      compiler.evictCache(0); // every bundle is another text: what is kept of it would never be used
      return pdf;
    },
  };
}

/** A run that may not fit a line; each place to break costs the typesetter. */
const TOO_LONG = /[\x21-\x7e]{60}/;

/** Characters that the font lacks are spelt out, and long runs may break. */
function shown(view: PrintView, font: Font): PrintView {
  const show = (text: string): string => {
    const said = printable(text, { hasGlyph: (codePoint) => font.hasGlyph(codePoint) });
    return TOO_LONG.test(said) ? breakable(said) : said;
  };
  return {
    ...view,
    facts: view.facts.map(([title, text]) => [title, show(text)] as const),
    parts: view.parts.map((part) => ({
      ...part,
      lines: part.lines.map(([at, text]) => [at, show(text)] as const),
    })),
  };
}
