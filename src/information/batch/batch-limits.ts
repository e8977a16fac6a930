/** Bounds on queries that come many at a time, with their reasons. Units last. */
export const BATCH_LIMITS = Object.freeze({
  /** One line; forty datasets and every name at its longest stay below. */
  lineBytesMax: 8 * 1024,
  /** Lines of one call: some seconds of work, so that a cut costs little; more go into the next call or a file. */
  linesMax: 1_000,
  /** A call's body. It is read into memory as it comes, so that a client may send all before it reads anything. */
  bytesMax: 4 * 1024 ** 2,
  /** Lines of one batch worked on at once: a third of a process's connections, the rest is for those who ask singly. */
  linesAtOnce: 4,
  /** A night's file; at fifty lines a second done in seven minutes. */
  fileLinesMax: 20_000,
  /** A file as it arrives: far above what 20 000 lines need. */
  fileBytesMax: 32 * 1024 ** 2,
  /** Lines sealed together; what a crash makes the node do again, and what is held in memory. */
  pageLines: 20,
  /** Files of one participant that wait or run. */
  filesWaitingMax: 20,
  /** How long an answer file can be fetched before it is destroyed: one of Friday's, on Monday. */
  fileKeepMs: 3 * 86_400_000,
  /** A line that failed through no fault of the asker's is tried again, with a pause. */
  attemptsMax: 3,
  attemptPauseMs: 500,
  /** Looks at a line that an attempt before a crash still holds; together longer than the lease of its key. */
  heldLooksMax: 40,
  heldPauseMs: 2_000,
});

/** When files of the day run, Beijing: departments' own systems are quiet. `CRONTAB` of the worker says the same in UTC. */
export const FILES_RUN_AT = '01:00';
