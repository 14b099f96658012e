internal import Credentials
internal import Encodings
internal import PKI
internal import TransparencyLog

/// One listing of a key: what it serves there, and when.
final class KeyListing: Sendable {
  let service: TrustList.Service
  let key: TrustList.Key
  /// The latest change of the listing.
  let latest: TrustList.StatusChange

  init(service: TrustList.Service, key: TrustList.Key) {
    self.service = service
    self.key = key
    latest = service.previous.reduce(service.status) { $0.since < $1.since ? $1 : $0 }
  }

  /// The change in force at a moment; nil before the first.
  func change(at moment: Instant) -> TrustList.StatusChange? {
    if latest.since <= moment { return latest }
    return ([service.status] + service.previous).filter { $0.since <= moment }.max { $0.since < $1.since }
  }
}

/// A key of a trust list, and whose it is.
struct ListedKey: Sendable {
  let entity: TrustList.Entity
  let keyID: Text
  let publicKey: PublicKey
  let listings: [KeyListing]
  /// The list contradicts itself about this key.
  let isContradictory: Bool
  /// It is also a key of logs or of answers, which sign nothing else.
  let isReserved: Bool
}

/// The keys of a trust list by their ids, and whose they are.
///
/// The list is signed, but it is written by people: a key that two chambers share, or one id for two keys, would make
/// it a matter of chance who is named. Such a key is used for nothing.
struct TrustListKeyIndex: Sendable {
  private var entries: [Text: ListedKey] = [:]
  private var entities: Set<Text> = []

  init(_ list: TrustList?) {
    guard let list else { return }
    entities = Set(list.entities.map(\.id))
    var reserved = Set(list.answerKeys.map(\.jwk.publicKey))
    for text in list.logKeys {
      do throws(LogRejection) {
        reserved.insert(try VerifierKey(text.string).publicKey)
      } catch {
        continue
      }
    }
    var listed: [Text: [(entity: TrustList.Entity, listing: KeyListing)]] = [:]
    var owners: [PublicKey: Set<Text>] = [:]
    for entity in list.entities {
      for service in entity.services where service.type == TrustList.Service.issuance {
        for key in service.keys where Self.mayList(key.keyID, entity) {
          listed[key.keyID, default: []].append((entity, KeyListing(service: service, key: key)))
          owners[key.jwk.publicKey, default: []].insert(entity.id)
        }
      }
    }
    for (keyID, found) in listed {
      guard let first = found.first else { continue }
      let key = first.listing.key.jwk.publicKey
      entries[keyID] = ListedKey(
        entity: first.entity,
        keyID: keyID,
        publicKey: key,
        listings: found.map(\.listing),
        isContradictory: found.contains { $0.entity.id != first.entity.id || $0.listing.key.jwk.publicKey != key }
          || (owners[key]?.count ?? 0) > 1,
        isReserved: reserved.contains(key)
      )
    }
    // The Open Badges envelope names the same key by an address that answers it (Open Badges 3.0, 8.2): ours,
    // `https://HOST/keys/…`.
    guard let host = list.issuer.dropping(prefix: "https://"), !host.bytes.contains(UInt8(ascii: "/")) else { return }
    for entry in Array(entries.values) {
      let address = OpenBadge.keyURL(entry.publicKey, host: host)
      if entries[address] == nil { entries[address] = entry }
    }
  }

  /// The id of a key that is named under a DID belongs to that DID; nobody lists it for another.
  private static func mayList(_ keyID: Text, _ entity: TrustList.Entity) -> Bool {
    !keyID.hasPrefix("did:") || keyID.hasPrefix(Text(entity.id.string + "#"))
  }

  subscript(keyID: Text) -> ListedKey? { entries[keyID] }
  func lists(_ did: Text) -> Bool { entities.contains(did) }
}
