// What the worker of 02-parse-declarations.ts runs. It knows nothing of Portcall.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export const version = ts.version;

/** Every declaration file of the package whose code this is; `typescript` may be an alias of it. */
export function declarationFiles() {
  const folder = dirname(ts.getDefaultLibFilePath({}));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.d.ts'))
    .toSorted()
    .map((name) => join(folder, name));
}

/**
 * How many things a file declares, members of interfaces and classes included.
 *
 * @param {string} file
 */
export function countDeclarations(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  let count = 0;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (declares(node)) count++;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return count;
}

/** @param {ts.Node} node */
function declares(node) {
  return (
    ts.isTypeElement(node) ||
    ts.isClassElement(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isEnumMember(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isVariableDeclaration(node)
  );
}
