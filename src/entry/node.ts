import type { Clock, Config, Database, KeyStore, Logger } from '#kernel';
import type { ListsContext } from '#lists';
import type { ReportIssuer } from '#information';
import type { PolicySet } from '#security';

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
  /** Closes the database; a database that this process started is stopped. */
  close(): Promise<void>;
};
