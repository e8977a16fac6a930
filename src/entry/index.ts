/**
 * 入口 (no clause): where the outside meets the node — HTTP, command line, background work.
 * Composes the modules and binds events to what they set off; decides nothing itself.
 */
export { openNode, prepareDatabase } from './compose.ts';
export type { Node } from './node.ts';
export { serve } from './serve.ts';
