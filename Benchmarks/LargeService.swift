import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Sheets

/// The service over very many certificates: how long it takes to be ready, and how much memory it holds after being
/// asked about many of them. Run alone, `--only service --size 1000000`: issuing them takes minutes and some gigabytes
/// of disk.
enum LargeService {
  static func run(size: Int) throws {
    let world = try World(members: size)
    let part = 10_000
    defer { world.remove() }
    var tokens: [[UInt8]] = []
    var begun = ContinuousClock.now
    for start in stride(from: 0, to: size, by: part) {
      let count = min(part, size - start)
      let sheet = World.sheet(count, from: start)
      let session = try world.session()
      _ = try session.members.importMembers(sheet)
      guard let programme = session.profiles.programme("verified-membership") else {
        throw Load.Failure(what: "no programme")
      }
      let read = try session.members.read(sheet: sheet)
      let members = try session.registry.members.find(read.rows.map { ($0.chamber, $0.number) })
      let orders = zip(members, read.rows).compactMap { member, row in
        member.map { IssueOrder(member: $0, row: row.row) }
      }
      let issued = try session.issuer.issue(orders, programme: programme).issued
      guard issued.count == count else { throw Load.Failure(what: "issued \(issued.count) of \(count)") }
      for one in issued.prefix(80) where tokens.count < 8_000 {
        if let record = try session.registry.credentials.find(id: one.id) {
          tokens.append(try session.reader.token(of: record))
        }
      }
      let spent = (ContinuousClock.now - begun) / .seconds(1)
      FileHandle.standardError.write(
        Data("\rissued \(start + count) of \(size), \(Int(Double(start + count) / spent))/s   ".utf8)
      )
    }
    FileHandle.standardError.write(Data("\n".utf8))
    begun = .now
    let daemon = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "khatmd")
    let service = try Bench.Server(
      daemon,
      ["--public", world.home.publicPath, "--listen", "127.0.0.1:0", "--anchor", world.home.anchorPath, "--rate", "0"]
    )
    defer { service.stop() }
    let question = JSON.object(["credential": JSON(String(decoding: tokens[0], as: UTF8.self))]).canonical()
    guard try Load.Connection(port: service.port).ask(Load.request("POST", "/v1/verify", body: question)) == 200 else {
      throw Load.Failure(what: "no answer")
    }
    Bench.add(
      "khatmd with \(size) certificates: first answer",
      (ContinuousClock.now - begun) / .seconds(1),
      "s",
      limit: 5,
      "s allowed"
    )
    let asked =
      tokens.map {
        Load.request(
          "POST",
          "/v1/verify",
          body: JSON.object(["credential": JSON(String(decoding: $0, as: UTF8.self))]).canonical()
        )
      }
      + [
        "/v1/changes?after=\(size / 2)", "/v1/lookup?q=desert%20rose",
        "/v1/lookup?page=https://sample\(size / 2).en.alibaba.com/",
      ].map {
        Array("GET \($0) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
      }
    let connection = try Load.Connection(port: service.port)
    for request in asked {
      guard try connection.ask(request) == 200 else {
        throw Load.Failure(what: "not 200: \(String(decoding: request.prefix(80), as: UTF8.self))")
      }
    }
    Bench.add(
      "khatmd with \(size) certificates: most memory, after \(asked.count) questions",
      Double(service.peakMemory()) / 1e6,
      "MB",
      limit: 600,
      "MB allowed"
    )
  }
}
