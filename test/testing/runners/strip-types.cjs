const { transformSync } = require('esbuild')

/** Takes the types out of a file: Jest itself runs no TypeScript. */
exports.process = (source, path) => ({ code: transformSync(source, { loader: 'ts', sourcefile: path }).code })
