/**
 * 页面 (no clause): what people see of the node, through the public HTTP API and nothing else.
 * Gives the files that browsers load; everything that decides stands to the left of it.
 */
export { loadPortal, type PortalFile } from './load-portal.ts';
