import { pick, type Rng, whole } from '../model/random.ts';

/** Makes texts that a pattern accepts. */
export type Sampler = (rng: Rng) => string;

/**
 * Compiles the part of regular expressions that contracts use: anchors, literals, classes, groups with alternatives,
 * the quantifiers ? and {m,n}, and `.+` for any text. Throws TypeError for anything else, so that a new contract is looked at.
 */
export function compileSampler(pattern: string): Sampler {
  const source = { text: pattern.replace(/^\^/, '').replace(/\$$/, ''), at: 0 };
  const sample = readAlternatives(source);
  if (source.at < source.text.length) throw new TypeError(`cannot sample ${pattern}`);
  return sample;
}

type Source = { readonly text: string; at: number };

function readAlternatives(source: Source): Sampler {
  const branches = [readSequence(source)];
  while (source.text[source.at] === '|') {
    source.at += 1;
    branches.push(readSequence(source));
  }
  return (rng) => pick(rng, branches)(rng);
}

function readSequence(source: Source): Sampler {
  const parts: Sampler[] = [];
  while (source.at < source.text.length && !'|)'.includes(source.text[source.at] ?? '')) {
    parts.push(readQuantifier(source, readAtom(source)));
  }
  return (rng) => parts.map((part) => part(rng)).join('');
}

function readAtom(source: Source): Sampler {
  const char = source.text[source.at] ?? '';
  source.at += 1;
  if (char === '[') return readClass(source);
  if (char === '(') {
    if (source.text.startsWith('?:', source.at)) source.at += 2;
    const inner = readAlternatives(source);
    source.at += 1;
    return inner;
  }
  if (char === '.' && source.text[source.at] === '+') {
    source.at += 1;
    return () => '合成';
  }
  if ('.*+\\^$'.includes(char)) throw new TypeError(`cannot sample ${source.text}`);
  return () => char;
}

function readClass(source: Source): Sampler {
  const end = source.text.indexOf(']', source.at);
  const body = source.text.slice(source.at, end);
  source.at = end + 1;
  if (body.startsWith('^') || body.includes('\\')) throw new TypeError(`cannot sample ${source.text}`);
  const characters = [...body.replace(/(.)-(.)/g, (_, from: string, to: string) => range(from, to))];
  return (rng) => pick(rng, characters);
}

function range(from: string, to: string): string {
  const first = from.charCodeAt(0);
  return String.fromCharCode(...Array.from({ length: to.charCodeAt(0) - first + 1 }, (_, at) => first + at));
}

function readQuantifier(source: Source, atom: Sampler): Sampler {
  if (source.text[source.at] === '?') {
    source.at += 1;
    return (rng) => (rng() < 0.5 ? atom(rng) : '');
  }
  const bounds = /^\{(\d+)(?:,(\d+))?\}/.exec(source.text.slice(source.at));
  if (bounds === null) return atom;
  source.at += bounds[0].length;
  const least = Number(bounds[1]);
  const most = Number(bounds[2] ?? bounds[1]);
  return (rng) => Array.from({ length: whole(rng, least, most) }, () => atom(rng)).join('');
}
