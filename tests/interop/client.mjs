// One automerge-repo client, as its authors mean it to be used, told what to do by a test.
//
// Commands come as one JSON array a line on standard input: [name, ...arguments]; each is answered by one line,
// {"done": value} or {"failed": text}. It waits for events and never for time to pass.
// Arguments of the program: URL of the relay, peer id.

import readline from "node:readline"
import { ImmutableString } from "@automerge/automerge"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket"

const [url, peerId] = process.argv.slice(2)

/** A store in memory: with one, the client has a storage id and remembers its talk with each peer. */
class MemoryStorage {
  chunks = new Map()
  async load(key) { return this.chunks.get(key.join("/")) }
  async save(key, data) { this.chunks.set(key.join("/"), data) }
  async remove(key) { this.chunks.delete(key.join("/")) }
  #below(prefix) {
    const start = prefix.join("/") + "/"
    return [...this.chunks.keys()].filter(key => key.startsWith(start))
  }
  async loadRange(prefix) {
    return this.#below(prefix).map(key => ({ key: key.split("/"), data: this.chunks.get(key) }))
  }
  async removeRange(prefix) {
    this.#below(prefix).forEach(key => this.chunks.delete(key))
  }
}

const adapter = new WebSocketClientAdapter(url, 100)
const repo = new Repo({
  peerId,
  network: [adapter],
  storage: new MemoryStorage(),
  enableRemoteHeadsGossiping: true,
})
const handles = new Map()
const present = []
const elsewhere = []
const listeners = new Set()
const happened = () => [...listeners].forEach(listener => listener())

/** Resolves as soon as `test` returns anything but undefined; it is asked again whenever something has happened. */
const until = test =>
  new Promise(resolve => {
    const ask = () => {
      const value = test()
      if (value === undefined) return
      listeners.delete(ask)
      resolve(value)
    }
    listeners.add(ask)
    ask()
  })

const follow = handle => {
  handles.set(handle.url, handle)
  handle.on("change", happened)
  handle.on("ephemeral-message", ({ senderId, message }) => {
    present.push([senderId, message])
    happened()
  })
  handle.on("remote-heads", ({ storageId, heads }) => {
    elsewhere.push([storageId, heads])
    happened()
  })
  return handle.url
}
const plain = value => JSON.parse(JSON.stringify(value ?? null))
const at = (document, path) => path.reduce((value, key) => value?.[key], document)

const commands = {
  create: content => follow(repo.create(content)),
  find: async address => follow(await repo.find(address)),
  /** Tells whether a document that nobody has is said to be unavailable. */
  lacks: async address => {
    try {
      await repo.find(address)
      return false
    } catch (error) {
      return String(error).includes("unavailable")
    }
  },
  put: (address, path, value) =>
    handles.get(address).change(document => {
      const last = path.at(-1)
      at(document, path.slice(0, -1))[last] = typeof value === "string" ? new ImmutableString(value) : value
    }),
  wait: (address, path, value) =>
    until(() => {
      const found = plain(at(handles.get(address).doc(), path))
      const text = found?.val ?? found
      return JSON.stringify(text) === JSON.stringify(value) ? true : undefined
    }),
  heads: address => handles.get(address).heads(),
  storage: () => repo.storageId(),
  broadcast: (address, message) => handles.get(address).broadcast(message),
  /** Waits for so many presence messages and returns all that have come. */
  present: count => until(() => (present.length >= count ? present : undefined)),
  subscribe: storageId => repo.subscribeToRemotes([storageId]),
  /** Waits until that store is said to hold these heads. */
  elsewhere: (storageId, heads) =>
    until(() =>
      elsewhere.some(([id, said]) => id === storageId && JSON.stringify(said) === JSON.stringify(heads)) ? true : undefined
    ),
  /** Waits until the relay has said that it holds all that this client has. */
  stored: address => {
    const handle = handles.get(address)
    return until(() => {
      const relay = repo.peers[0] && repo.getStorageIdOfPeer(repo.peers[0])
      const said = relay && handle.getSyncInfo(relay)?.lastHeads
      return JSON.stringify(said) === JSON.stringify(handle.heads()) ? true : undefined
    })
  },
  offline: () => adapter.disconnect(),
  online: () => adapter.connect(peerId, adapter.peerMetadata),
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line)
  let answer
  try {
    answer = { done: plain(await commands[name](...given)) }
  } catch (error) {
    answer = { failed: String(error?.stack ?? error) }
  }
  process.stdout.write(JSON.stringify(answer) + "\n")
}
process.exit(0)
