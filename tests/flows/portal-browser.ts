import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openFont } from '#information';
import type { Browser } from 'playwright-core';
import type { Ending } from './http-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A real browser without a screen, out of an npm package, that draws Chinese with our own font. */
export async function openBrowser(t: Ending): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-browser-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'sans.ttf'), (await openFont(ROOT)).bytes);
  writeFileSync(
    join(folder, 'fonts.conf'),
    `<?xml version="1.0"?><fontconfig><dir>${folder}</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
  );
  // The package unpacks its libraries only where it is told that it runs; read when it is loaded, hence the late import.
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs24.x';
  process.env.FONTCONFIG_FILE = join(folder, 'fonts.conf');
  const { default: bundled } = await import('@sparticuz/chromium');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: await unpackAlone(() => bundled.executablePath()),
    // Not the package's own arguments: those switch off the very borders that the pages are tested in.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    headless: true,
  });
  t.after(() => browser.close());
  return browser;
}

/** Test files run side by side and share the folder that the browser is unpacked into: one unpacks, the others wait. */
async function unpackAlone(unpack: () => Promise<string>): Promise<string> {
  const lock = join(tmpdir(), 'xinqiao-unpacking');
  while (!tryLock(lock)) await setTimeout(100);
  try {
    return await unpack();
  } finally {
    rmSync(lock, { recursive: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
