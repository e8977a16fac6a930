import type { ObjectionRules } from '../definition/load-objection-rules.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { Attachment } from '../definition/objection.ts';

/** What an enterprise says of one record, or of one that is missing. */
export type ItemAsked = {
  readonly contract: string;
  /** `<delivery>:<row>`, as self-query and reports name it. */
  readonly record?: string;
  readonly ground: string;
  readonly fields?: readonly { readonly field: string; readonly claimed: string | null }[];
};

/** 异议申请. */
export type Application = {
  readonly reason: string;
  /** Kept by digest; the bytes are handed in elsewhere. */
  readonly attachments: readonly Attachment[];
  readonly items: readonly ItemAsked[];
};

/** Throws `objections.too_large`, `objections.attachment_not_valid`. */
export function requireSize({ bounds }: ObjectionRules, { reason, attachments, items }: Application): void {
  const { itemsPerApplicationMax: itemsMax, attachmentsMax, reasonCharactersMax: charactersMax } = bounds;
  const isWhole = items.length > 0 && items.length <= itemsMax && attachments.length <= attachmentsMax;
  const characters = [...reason.trim()].length;
  if (!isWhole || characters === 0 || characters > charactersMax)
    throw objectionRefusal('objections.too_large', { itemsMax, attachmentsMax, charactersMax });
  for (const attachment of attachments) requireAttachment(bounds, attachment);
}

/** A name is shown to people and never a path; nothing is opened by it. */
const NAME = /^[^\p{C}/\\:*?"<>|]{1,120}$/u;

function requireAttachment(
  { attachmentBytesMax: bytesMax }: ObjectionRules['bounds'],
  { name, sha256, bytes }: Attachment,
): void {
  const isNamed = NAME.test(name) && !name.startsWith('.') && name.trim() !== '';
  const isSized = Number.isSafeInteger(bytes) && bytes > 0 && bytes <= bytesMax;
  if (isNamed && isSized && /^[0-9a-f]{64}$/.test(sha256)) return;
  const shown = [...name].slice(0, 40).join('').replaceAll(/\p{C}/gu, '?');
  throw objectionRefusal('objections.attachment_not_valid', { name: shown, bytesMax });
}
