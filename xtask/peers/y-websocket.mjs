// y-websocket's own server with its own persistence. Argument: folder to store in. Prints its address.

import { createRequire } from "node:module"
import { createServer } from "node:http"
import { WebSocketServer } from "ws"

process.env.YPERSISTENCE = process.argv[2]
console.info = () => {} // It says where it stores; the first line is to be the address.
const { setupWSConnection } = createRequire(import.meta.url)("y-websocket/bin/utils")

const http = createServer()
const sockets = new WebSocketServer({ server: http })
sockets.on("connection", setupWSConnection)
http.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${http.address().port}`))
