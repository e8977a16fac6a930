import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/** One file as browsers get it. */
export type PortalFile = {
  /** Route pattern under which it is served. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly maxAgeSeconds: number;
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  ts: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The font only changes with the release; everything else is asked after each time and answered by its ETag. */
const FONT_AGE_SECONDS = 7 * 86_400;

/**
 * Reads the pages once: browser modules with their types stripped, under the name they have, so that they import each
 * other as they do here. There is no build, and what is served is what was read in review.
 */
export function loadPortal(packageFolder: string): PortalFile[] {
  const folder = join(packageFolder, 'src/portal/browser');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => extension(name) in TYPES);
  const page = readFileSync(join(folder, 'index.html'));
  return [
    portalFile('/', TYPES.html, page),
    // The address in a report's QR code; the page reads the number from its own address.
    portalFile('/verify/:number', TYPES.html, page),
    portalFile('/verify/', TYPES.html, page),
    ...files.filter((name) => name !== 'index.html').map((name) => assetFile(folder, name)),
    { ...fontFile(packageFolder), maxAgeSeconds: FONT_AGE_SECONDS },
  ];
}

function assetFile(folder: string, name: string): PortalFile {
  const bytes = readFileSync(join(folder, name));
  const body = name.endsWith('.ts') ? Buffer.from(stripTypeScriptTypes(bytes.toString('utf8'))) : bytes;
  return portalFile(`/assets/${name}`, TYPES[extension(name)], body);
}

function fontFile(packageFolder: string): PortalFile {
  const body = readFileSync(join(packageFolder, 'assets/fonts/noto-sans-sc-regular.woff2'));
  return portalFile('/assets/noto-sans-sc-regular.woff2', 'font/woff2', body);
}

function portalFile(path: string, type: string | undefined, body: Buffer): PortalFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { path, type: type ?? 'application/octet-stream', body, etag, maxAgeSeconds: 0 };
}

function extension(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
