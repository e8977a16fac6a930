import type { Clock, Config, Database, KeyStore, Logger } from '#kernel';
import type { ListsContext } from '#lists';
import type { AskSources, PersonGate, ReadEvidence, ReportIssuer } from '#information';
import type { Identity, SourceBook } from '#platform';
import type { PolicySet } from '#security';
import type { FiledModel, IndicatorBook, OnnxRunner } from '#evaluation';

/** Definitions of credit evaluation as this node has them in force. */
export type NodeEvaluation = {
  readonly book: IndicatorBook;
  /** The model that the files make; which model is in use the database says. */
  readonly filed: FiledModel;
};

/** One running node: everything that entry passes on, made once by `openNode`. */
export type Node = {
  readonly config: Config;
  readonly database: Database;
  readonly policies: PolicySet;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lists: ListsContext;
  readonly report: ReportIssuer;
  /** How well records that enterprises filed are proved. */
  readonly readEvidence: ReadEvidence;
  /** What natural persons have separately consented to; asked before anything of theirs leaves. */
  readonly personGate: PersonGate;
  /** Indicators and rules of credit evaluation, as they were at the start. */
  readonly evaluation: NodeEvaluation;
  /** Threads in which institutions' own models run; none is started before a model asks for one. */
  readonly onnx: OnnxRunner;
  /** The OAuth server and the check of calls under its tokens. */
  readonly identity: Identity;
  /** Asks departments at query time; absent when no source is defined. */
  readonly askSources?: AskSources;
  /** The departments behind it, with their figures and limits; absent where none can be asked. */
  readonly sources?: SourceBook;
  /** Closes the database; a database that this process started is stopped. */
  close(): Promise<void>;
};
