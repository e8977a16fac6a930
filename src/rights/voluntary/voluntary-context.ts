import type { FieldCipher } from '#kernel';
import type { AskSources } from '#information';
import type { ListsContext } from '#lists';
import type { RightsContext } from '../rights-context.ts';
import type { Scanner } from './attachments/scan.ts';
import type { VoluntaryDefinition } from './definition/load-voluntary.ts';

/** What the voluntary list works with; made once by entry. */
export type VoluntaryContext = RightsContext & {
  /** A filing is a delivery. */
  readonly lists: ListsContext;
  /** Seals values, names and files under the enterprise's data key. */
  readonly cipher: FieldCipher;
  readonly voluntary: VoluntaryDefinition;
  /** Sealed attachments by digest; shared by all processes of a city's node. */
  readonly attachmentsFolder: string;
  /** Asks departments, in no transaction; absent: none is connected. */
  readonly askSources?: AskSources;
  /** The city's scanner; undefined: there is none, which every answer about attachments says. */
  readonly scanner: Scanner | undefined;
};
