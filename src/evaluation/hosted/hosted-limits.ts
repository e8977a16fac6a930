/** Bounds of institutions' own models, each with its reason. */
export const HOSTED_LIMITS = Object.freeze({
  /** A scorecard of a hundred characteristics is about 200 KiB. */
  pmmlBytesMax: 1024 ** 2,
  /** PMML to a predicate takes 8 levels; compound predicates may nest some more. */
  pmmlDepthMax: 24,
  pmmlElementsMax: 20_000,
  /** A tree ensemble of a thousand trees of depth 6 is about 3 MiB. */
  onnxBytesMax: 4 * 1024 ** 2,
  onnxNodesMax: 5_000,
  /** Loading a model into a fresh thread; most of it is the runtime's own start. */
  onnxLoadMs: 5_000,
  /** One call with its reasons: a scorecard-sized model takes below 1 ms. */
  onnxRunMs: 1_000,
  /** Heap of the thread without the model's own memory. */
  onnxHeapMebibytes: 96,
  /** Linear memory of the runtime, in WebAssembly pages of 64 KiB: 256 MiB. */
  onnxMemoryPages: 4_096,
  /** Threads kept with a loaded model; each holds about 60 MiB. */
  onnxThreadsMax: 2,
  /** Calls that wait for one model; beyond it the caller is told to come back. */
  onnxWaitingMax: 32,
  inputsMax: 100,
  reasonsMax: 4,
  /** Widest answer of one run: a thousand scores and two reasons of ten take about 17 bits. */
  bitsPerRunMax: 24,
  /** Enterprises that a shadow version must have seen before it may be approved. */
  shadowEnterprisesMin: 10,
  /** Figures of a shadow run are given for whole blocks of so many enterprises. */
  shadowBlockEnterprises: 10,
  /**
   * Days that one enterprise's result in shadow is kept: a quarter, which a trial takes at most. Later it would be compared
   * with a version of yesterday's data, and what is kept for no decision is not kept.
   */
  shadowRunsKeptDays: 92,
});

export type HostedLimits = Readonly<Record<keyof typeof HOSTED_LIMITS, number>>;
