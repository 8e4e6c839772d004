/**
 * The source as people and other programs may see it: without user name, password, query and fragment. In the key of an
 * `s3://` source and the path of a file, `?` and `#` are letters like others.
 */
export function displaySource(source: string): string {
  if (/^s3:/i.test(source)) return source.replace(/^(s3:\/*)[^/]*@/i, "$1");
  if (/^file:/i.test(source)) return source;
  return source.replace(/^([a-z][a-z0-9+.-]+:[/\\]+)(?:[^/\\?#]*@)?([^?#]*).*$/is, "$1$2");
}
