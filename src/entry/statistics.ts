import { loadStatisticsFloors, type StatisticsFloors } from '#security';
import { modelFolders } from './evaluation.ts';
import type { Node } from './node.ts';

/** Below which no figure is shown on this node; the package's floors, or the city's. */
export function openFloors({ config }: Pick<Node, 'config'>): StatisticsFloors {
  return loadStatisticsFloors(modelFolders(config));
}
