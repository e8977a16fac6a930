import { ATTACHMENT_LIMITS } from '../voluntary-limits.ts';
import { attachmentRefusal } from './attachment-refusals.ts';

/** Controls, format characters (the marks that turn the reading direction among them), surrogates and private use. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/u;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A name that is safe to show and to save: one name without a path, with the extension of what the file really is.
 * Throws `attachments.name_wrong` for paths and for characters that nobody sees: what hides something is not cleaned but refused.
 */
export function safeName(given: string, extension: string): string {
  const name = given.normalize('NFC').trim();
  const isPath = /[/\\:]/.test(name) || name.includes('..');
  if (name === '' || isPath || INVISIBLE.test(name)) throw attachmentRefusal('attachments.name_wrong');
  const stem = name
    .replace(/\.[^.]{1,8}$/u, '')
    .replace(/["*<>?|]/g, '_')
    .replace(/^\.+|[. ]+$/g, '');
  const kept = [...stem].slice(0, ATTACHMENT_LIMITS.nameCharactersMax - extension.length - 1).join('');
  if (kept === '' || RESERVED.test(kept)) throw attachmentRefusal('attachments.name_wrong');
  return `${kept}.${extension}`;
}
