// Builds the page: web/src/ to web/dist/, whose files are embedded in banterd. `node web/build.js FOLDER` builds elsewhere.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const web = dirname(fileURLToPath(import.meta.url));
const source = join(web, 'src');
const target = process.argv[2] ?? join(web, 'dist');

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await build({
  entryPoints: { app: join(source, 'main.js'), style: join(source, 'style', 'all.css') },
  // Loaded only when somebody wants an emoji: a file of its own, beside the others.
  external: ['./emoji_list.js'],
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
});
await build({
  entryPoints: [join(source, 'format', 'emoji_list.js')],
  outdir: target,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
});
for (const file of ['index.html', 'icon.svg']) await copyFile(join(source, file), join(target, file));
