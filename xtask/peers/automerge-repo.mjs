// The smallest sync server that automerge-repo's own packages make. Argument: folder to store in. Prints its address.

import { createServer } from "node:http"
import { WebSocketServer } from "ws"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"

const http = createServer()
const sockets = new WebSocketServer({ server: http })
new Repo({
  peerId: "automerge-repo-server",
  network: [new WebSocketServerAdapter(sockets)],
  storage: new NodeFSStorageAdapter(process.argv[2]),
  // As its authors' own sync server: answers whoever asks, and offers nothing by itself.
  sharePolicy: async () => false,
})
http.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${http.address().port}`))
