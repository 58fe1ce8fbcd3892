// Makes the same edits as the driver's own line, in Yjs. Arguments: author, count.
// Writes each update, then the whole document, to standard output: four bytes of length before each.

import * as Y from "yjs"

const [author, count] = process.argv.slice(2).map(Number)
const document = new Y.Doc()
document.clientID = author + 1
const parts = []
const add = bytes => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  parts.push(length, bytes)
}
document.on("update", add)
// Of its own records: what loses a conflict is dropped by Yjs, and a frame that brings it could not be recognised.
const records = document.getMap("records")
for (let number = 0; number < count; number++) {
  records.set(`record ${author}-${number % 50}`, `value ${author}-${String(number).padStart(8, "0")}.`)
}
add(Y.encodeStateAsUpdate(document))
process.stdout.write(Buffer.concat(parts))
