export type ImageKind = 'jpeg' | 'png';

/** One picture for the thread that rewrites it; a thread takes one and ends. */
export type ImageTask = { readonly kind: ImageKind; readonly bytes: Uint8Array };

/** `wrong`: the decoder could not read it. An error of the thread itself is one of the node. */
export type ImageReply =
  | { readonly kind: 'rewritten'; readonly bytes: Uint8Array }
  | { readonly kind: 'wrong' };
