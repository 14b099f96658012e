import Encodings
import Foundation
import Messages
import Repository
import Verification

/// `khatm verify --list`: lines in, NDJSON out, in order, some judged at a time. What one line holds harms no other.
struct VerifyList: Sendable {
  let asker: Verify.Asker
  /// For lines that state none of their own.
  let page: String?
  let wantsProof: Bool

  /// Lines judged together: enough for every core, few enough that answers come soon.
  private static let linesTogether = 256
  private static let members: Set<Text> = ["credential", "id", "badge", "image", "page", "nonce", "ref", "proof"]

  /// The exit code: 1 when a line was refused or forged, else 2 when one could not be read, else 3 when one could not
  /// be told, else 0.
  func run(_ path: String) throws -> Int32 {
    let handle: FileHandle
    if path == "-" {
      handle = .standardInput
    } else {
      guard let opened = FileHandle(forReadingAtPath: path) else {
        throw CommandFailure(exit: 2, "input_unreadable", "\(path): \(String(cString: strerror(errno)))")
      }
      handle = opened
    }
    var lines = LineReader(maxBytes: Input.largest)
    var pending: [LineReader.Line] = []
    var count = 0
    var codes: Set<Int32> = []
    func judge() {
      let first = count - pending.count + 1
      let work = pending
      pending.removeAll(keepingCapacity: true)
      let answers = Self.together(work.count) { place in line(work[place], number: first + place) }
      for (text, code) in answers {
        codes.insert(code)
        Console.write(text, to: 1)
      }
    }
    while true {
      let piece: Data?
      do {
        piece = try handle.read(upToCount: 1 << 16)
      } catch {
        throw CommandFailure(exit: 2, "input_unreadable", "\(path): \(error.localizedDescription)")
      }
      guard let piece, !piece.isEmpty else { break }
      for line in piece.withUnsafeBytes({ lines.read($0) }) {
        count += 1
        pending.append(line)
        if pending.count >= Self.linesTogether { judge() }
      }
    }
    if let last = lines.rest() {
      count += 1
      pending.append(last)
    }
    judge()
    Console.json(["end": true, "lines": .integer(Int64(count))])
    return [1, 2, 3].first(where: codes.contains) ?? 0
  }

  /// The results of `count` calls, in their order, on all cores.
  private static func together(_ count: Int, _ body: @Sendable (Int) -> (String, Int32)) -> [(String, Int32)] {
    let lock = NSLock()
    nonisolated(unsafe) var found = [(String, Int32)](repeating: ("", 0), count: count)  // written under the lock
    DispatchQueue.concurrentPerform(iterations: count) { place in
      let one = body(place)
      lock.withLock { found[place] = one }
    }
    return found
  }

  private func line(_ line: LineReader.Line, number: Int) -> (String, Int32) {
    var object = JSONObject(["n": .integer(Int64(number))])
    var code: Int32 = 2
    do throws(RequestRejection) {
      guard case .whole(let whole) = line else { throw Self.malformed("line", "longer than \(Input.largest) bytes") }
      let (question, ref) = try question(whole.bytes)
      object["ref"] = ref.map { JSON($0) }
      let answer = try asker.answer(question).get()
      object["answer"] = .object(Report.json(answer))
      code = Report.exitCode(answer.decision.verdict)
    } catch {
      if case .whole(let whole) = line, object["ref"] == nil {
        object["ref"] = Self.ref(of: whole.bytes).map { JSON($0) }
      }
      object["error"] = [
        "code": JSON(error.code.rawValue), "field": JSON(error.field), "title": JSON(error.sentence()),
      ]
    }
    return (String(decoding: JSON.object(object).canonical(), as: UTF8.self) + "\n", code)
  }

  private func question(_ bytes: [UInt8]) throws(RequestRejection) -> (VerificationRequest, ref: String?) {
    let line = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    guard line.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{") else {
      return (try VerificationRequest(line: line, host: asker.host, page: page, wantsProof: wantsProof), nil)
    }
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(line, limits: .document)
    } catch {
      throw Self.malformed("line", error.description)
    }
    // A credential itself, such as an enveloped one, is asked about as it stands.
    guard object["@context"] == nil else {
      return (VerificationRequest(.token(line), page: page, wantsProof: wantsProof), nil)
    }
    if let other = object.names.first(where: { !Self.members.contains($0) }) {
      throw Self.malformed(String(other.string.prefix(40)), "not known")
    }
    func value(_ name: Text) throws(RequestRejection) -> String? {
      guard let value = object[name] else { return nil }
      guard let text = value.string else { throw Self.malformed(name.string, "not a text") }
      return text
    }
    var subjects: [VerificationRequest.Subject] = []
    if let token = try value("credential") { subjects.append(.token(Array(token.utf8))) }
    if let id = try value("id") { subjects.append(.id(id)) }
    if let badge = try value("badge") { subjects.append(.link(badge)) }
    if let image = try value("image") {
      guard let bytes = Base64.decode(Array(image.utf8)) else { throw Self.malformed("image", "not base64") }
      subjects.append(.picture(bytes))
    }
    guard let subject = subjects.first, subjects.count == 1 else {
      throw Self.malformed("line", "one of credential, id, badge, image")
    }
    return (
      VerificationRequest(subject, page: try value("page") ?? page, wantsProof: object["proof"]?.bool ?? wantsProof),
      try value("ref")
    )
  }

  /// Of a line that could not be read as a question, where it names itself.
  private static func ref(of bytes: [UInt8]) -> String? {
    do throws(JSONRejection) {
      return try JSONObject.parse(bytes, limits: .document)["ref"]?.string
    } catch {
      return nil
    }
  }

  private static func malformed(_ place: String, _ what: String) -> RequestRejection {
    RequestRejection(.malformed, field: place, [.init("where", JSON(place)), .init("what", JSON(what))])
  }
}
