import Encodings
import Foundation
import HTTPTypes
import Hummingbird
import LogClients
import Messages
import NIOCore
import PKI
import Repository
import Synchronization
import TransparencyLog
import Verification

/// The log for those who follow it: changes without a gap, what a copy consists of, proofs and histories of single
/// credentials. All of it is checked again by whoever reads it; here it is only put together.
struct FollowRoutes: Sendable {
  let service: Service
  private let log: PublishedLog
  private let listing = Listing()

  init(service: Service) {
    self.service = service
    log = PublishedLog(folder: service.folder.path, anchor: service.folder.anchors.first.map { Array($0.pem.utf8) })
  }

  func add(to router: Router<KhatmRequestContext>) {
    router.get("/v1/changes") { request, _ in try await changes(request) }
    router.get("/v1/files") { request, _ in try await files(request) }
    router.get("/v1/credentials/:id/proof") { request, context in try await proof(request, try VerifyRoutes.id(context))
    }
    router.get("/v1/credentials/:id/status") { request, context in
      try await status(request, try VerifyRoutes.id(context))
    }
    router.get("/v1/credentials/:id/history") { request, context in
      try await history(request, try VerifyRoutes.id(context))
    }
  }

  private func changes(_ request: Request) async throws -> Response {
    let query = try Query(request, "after", "limit", "records")
    _ = try request.preferred("application/json")
    let after = try number(query["after"], or: 0)
    let limit = try number(query["limit"], or: UInt64(ChangeFeed.defaultLimit))
    guard (1...UInt64(ChangePage.largestLimit)).contains(limit) else {
      throw HTTPRejection(.queryRefused, "limit is 1 to \(ChangePage.largestLimit)")
    }
    guard let wantsRecords = [nil: false, "true": true, "false": false][query["records"]] else {
      throw HTTPRejection(.queryRefused, "records is true or false")
    }
    return Reply.json(
      try await away { () throws(FollowFailure) in
        try ChangeFeed.page(log, after: after, limit: Int(limit), records: wantsRecords)
      },
      cache: "public, max-age=1"
    )
  }

  private func files(_ request: Request) async throws -> Response {
    _ = try Query(request)
    _ = try request.preferred("application/json")
    return Reply.json(
      try await away { () throws(FollowFailure) in try listing.value(of: service.folder.path) },
      cache: "public, max-age=1"
    )
  }

  private func proof(_ request: Request, _ id: CredentialID) async throws -> Response {
    _ = try Query(request)
    _ = try request.preferred("text/plain")
    let proof = try await away { () throws(FollowFailure) in try log.proof(of: id) }
    return Reply.bytes(
      proof.bytes,
      [.contentType: "text/plain; charset=utf-8", .cacheControl: "public, max-age=60", .vary: "Accept"]
    )
  }

  /// The state now, or at a moment of the past, for which the whole log must have been read.
  private func status(_ request: Request, _ id: CredentialID) async throws -> Response {
    let query = try Query(request, "at")
    let question = VerificationRequest(.id(id.description))
    let now = service.now()
    _ = try request.preferred("application/json")
    guard let text = query["at"] else {
      return VerifyRoutes.status(id, try VerifyRoutes.known(id, service.folder.answer(question, at: now)).decision)
    }
    guard let moment = Instant(rfc3339: text) else {
      throw HTTPRejection(.queryRefused, "at is a moment such as 2026-11-22T09:15:03Z")
    }
    guard moment <= now else { throw HTTPRejection(.queryRefused, "at is not in the future") }
    let folder = service.folder
    let log = log
    let answer = try await away { () throws(FollowFailure) in
      folder.answer(question, asOf: moment, at: now, acts: log.acts)
    }
    return VerifyRoutes.status(id, try VerifyRoutes.known(id, answer).decision)
  }

  private func history(_ request: Request, _ id: CredentialID) async throws -> Response {
    let query = try Query(request, "at")
    _ = try request.preferred("application/json")
    guard let at = query["at"].map({ Instant(rfc3339: $0) }) ?? service.now() else {
      throw HTTPRejection(.queryRefused, "at is a moment such as 2026-11-22T09:15:03Z")
    }
    return Reply.json(
      .object(try await away { () throws(FollowFailure) in try log.history(of: id).json(at: at) }),
      cache: "public, max-age=60, must-revalidate",
      vary: "Accept"
    )
  }

  private func number(_ text: String?, or standard: UInt64) throws(HTTPRejection) -> UInt64 {
    guard let text else { return standard }
    guard let number = ASCII.decimal(Array(text.utf8)).flatMap({ UInt64(exactly: $0) }) else {
      throw HTTPRejection(.queryRefused, "a number is written in plain digits")
    }
    return number
  }

  /// On the threads for long work: reading the log waits for the disk, and for whoever reads it at the same time.
  private func away<Value: Sendable>(_ body: @escaping @Sendable () throws(FollowFailure) -> Value) async throws
    -> Value
  {
    let result = await withTaskExecutorPreference(service.crypto) {
      await Task { () -> Result<Value, FollowFailure> in
        do throws(FollowFailure) {
          return .success(try body())
        } catch {
          return .failure(error)
        }
      }.value
    }
    switch result {
    case .success(let value): return value
    case .failure(.malformed(_, let why)): throw HTTPRejection(.queryRefused, why)
    case .failure(.credentialUnknown(let id)):
      throw HTTPRejection(.credentialUnknown, params: [.init("id", JSON(id))], status: .notFound)
    case .failure: throw HTTPRejection(.recordsUnavailable, headers: [.retryAfter: "60"])
    }
  }
}

/// What a copy consists of, made at most every five seconds: it hashes every small file.
private final class Listing: Sendable {
  private let state = Mutex<(value: JSON, at: UInt64)?>(nil)  // owned by value(of:)

  func value(of folder: String) throws(FollowFailure) -> JSON {
    let tick = Clock.ticks()
    if let known = state.withLock({ $0 }), tick &- known.at < 5_000_000_000 { return known.value }
    let value = try ChangeFeed.files(of: folder)
    state.withLock { $0 = (value, tick) }
    return value
  }
}
