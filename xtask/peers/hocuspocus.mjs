// The smallest hocuspocus server that stores: one file a document. Argument: folder to store in. Prints its address.

import { readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Server } from "@hocuspocus/server"
import { Database } from "@hocuspocus/extension-database"

const file = name => join(process.argv[2], encodeURIComponent(name))
const server = new Server({
  port: 0,
  address: "127.0.0.1",
  quiet: true,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => readFile(file(documentName)).catch(() => null),
      store: async ({ documentName, state }) => {
        const path = file(documentName)
        await writeFile(`${path}.new`, state)
        await rename(`${path}.new`, path)
      },
    }),
  ],
})
await server.listen()
console.log(`127.0.0.1:${server.address.port}`)
