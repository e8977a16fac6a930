/** Leaves under one tile of level 0 and under one bundle, hashes in one full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** Whatever the log publishes. `width` below 256 is the partial form that a smaller tree had. */
export type LogPath =
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'tile'; readonly level: number; readonly index: number; readonly width: number }
  | { readonly kind: 'entries' | 'checkpoints'; readonly index: number; readonly width: number };

const LEVEL_MAX = 63;
const PATTERN =
  /^(tile\/(?:entries|[0-9]{1,2})|checkpoints)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

/**
 * Path below the log's prefix. Tiles and entries as C2SP tlog-tiles writes them: `tile/0/x001/x234/067.p/5`;
 * `checkpoints/<N>[.p/<W>]` beside them holds the checkpoints whose sizes end in bundle N.
 */
export function formatPath(path: LogPath): string {
  if (path.kind === 'checkpoint' || path.kind === 'keys') return path.kind;
  const folder = FOLDERS[path.kind];
  const level = path.kind === 'tile' ? `/${path.level}` : '';
  const part = path.width === TILE_WIDTH ? '' : `.p/${path.width}`;
  return `${folder}${level}/${formatIndex(path.index)}${part}`;
}

/** Undefined for everything that is not spelled exactly as `formatPath` would. */
export function parsePath(text: string): LogPath | undefined {
  if (text === 'checkpoint' || text === 'keys') return { kind: text };
  const [, place = '', digits = '', part] = PATTERN.exec(text) ?? [];
  if (place === '') return undefined;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = part === undefined ? TILE_WIDTH : Number(part);
  if (!Number.isSafeInteger(index) || width < 1) return undefined;
  const path = placed(place, { index, width });
  return path !== undefined && formatPath(path) === text ? path : undefined;
}

const FOLDERS = { tile: 'tile', entries: 'tile/entries', checkpoints: 'checkpoints' } as const;

function placed(place: string, span: { index: number; width: number }): LogPath | undefined {
  if (place === FOLDERS.checkpoints) return { kind: 'checkpoints', ...span };
  if (place === FOLDERS.entries) return { kind: 'entries', ...span };
  const level = Number(place.slice('tile/'.length));
  return level <= LEVEL_MAX ? { kind: 'tile', level, ...span } : undefined;
}

/** Groups of three digits, all but the last marked, so that files and folders of a saved log never clash. */
function formatIndex(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/[0-9]{3}/g) ?? [];
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
}
