/** What crosses to the thread that runs one model, and back. */
export type OnnxFeed = {
  readonly tensor: string;
  readonly type: 'float32' | 'float64';
  readonly sizes: readonly number[];
  readonly values: readonly number[];
};

/** Given once, when the thread starts. */
export type OnnxStart = { readonly model: Uint8Array; readonly memoryPages: number };

/** One call: each row is one run of the model, in order. The next is sent when this one has been answered. */
export type OnnxTask = { readonly rows: readonly (readonly OnnxFeed[])[]; readonly output: string };

export type OnnxReply =
  | { readonly kind: 'loaded' }
  /** Per row the output's elements in order. */
  | { readonly kind: 'answer'; readonly outputs: readonly (readonly number[])[] }
  /** The runtime refused the model or the values; its words stay in the thread, since they may repeat values. */
  | { readonly kind: 'unloadable' }
  | { readonly kind: 'failed' };
