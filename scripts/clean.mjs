// `rm -rf dist` that also works where there is no `rm`: tsc never deletes the output of a file that is gone.
import { rmSync } from 'node:fs'

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
