internal import Encodings
package import TransparencyLog

/// A chamber that cosigns another authority's checkpoints, after it has checked that the log only grew.
package enum WitnessService {
  /// A checkpoint under which the witness put its line.
  package struct Cosigned: Hashable, Sendable {
    package let checkpoint: VerifiedCheckpoint
    /// The size cosigned before; 0 for the first time.
    package let previous: UInt64
    /// The published note with our line under it.
    package let note: [UInt8]
    /// Our line alone.
    package let line: [UInt8]
  }

  /// Checks, writes the state to disk, and only then signs.
  ///
  /// - Parameters:
  ///   - state: file with the last note that was cosigned; none for a log never seen. It is this witness's memory:
  ///     whoever loses it can be shown an older log.
  ///   - time: seconds since 1970.
  /// Throws `.log` with `.rollback`, `.fork` or `.inconsistent` for a log that did not only grow. Then nothing is
  /// written or signed.
  package static func cosign(
    _ source: PublicSource,
    policy: LogPolicy,
    state path: String,
    signer: NoteSigner,
    time: UInt64
  ) throws(FollowFailure) -> Cosigned {
    let lock = try DurableFiles.lock(path + ".lock")
    defer { withExtendedLifetime(lock) {} }
    let stored = try DurableFiles.read(path, limit: SignedNote.maxBytes)
    let note = try source.checkpoint()
    do throws(LogRejection) {
      var state = try WitnessState(policy: policy, stored: stored)
      let known = state.last?.size ?? 0
      let accepted = try state.accept(try request(note, known: known, policy: policy, source: source))
      // "The witness MUST persist the new checkpoint before it returns the cosignature" (C2SP tlog-witness).
      do throws(FollowFailure) {
        try DurableFiles.replace(path, with: accepted.checkpoint.note)
      } catch {
        throw LogRejection.unreadable(what: path, reason: "\(error)")
      }
      let signature = try signer.cosign(accepted, time: time)
      let cosigned = try SignedNote.parse(note).adding(signature)
      return Cosigned(checkpoint: accepted.checkpoint, previous: known, note: cosigned.bytes, line: signature.line)
    } catch { throw .log(error) }
  }

  /// The request that the log would send: its checkpoint, and the proof from ours, made from its tiles.
  private static func request(
    _ note: [UInt8],
    known: UInt64,
    policy: LogPolicy,
    source: PublicSource
  ) throws(LogRejection) -> AddCheckpointRequest {
    let offered = try policy.open(note)
    guard known > 0, offered.size > known else {
      return AddCheckpointRequest(oldSize: known, proof: [], checkpoint: note)
    }
    let reader: TileReader
    do throws(LogRejection) {
      reader = try TileReader(offered, source: source.tiles)
    } catch {
      // Tiles that do not fit their signed root are the log's doing as much as a fork is.
      throw error
    }
    return AddCheckpointRequest(oldSize: known, proof: try reader.consistencyProof(from: known), checkpoint: note)
  }

  /// The note with the cosignatures that hold over exactly its text, of witnesses that are known; all others are left
  /// away.
  ///
  /// For the authority, before it writes `public/checkpoint`. `notes`: what witnesses gave back, each a note or a
  /// single line.
  ///
  /// Of one witness the newest counts. A time before the checkpoint could exist, zero among them, or in the future says
  /// nothing true, and is left away.
  /// - Parameter times: seconds since 1970 in which a cosignature of this checkpoint can have been made.
  package static func attach(
    _ notes: [[UInt8]],
    to note: [UInt8],
    witnesses: [VerifierKey],
    times: ClosedRange<UInt64>
  ) throws(FollowFailure) -> [UInt8] {
    do throws(LogRejection) {
      let shown = try SignedNote.parse(note)
      var newest: [(line: NoteSignature, time: UInt64)] = []
      func keep(_ line: NoteSignature, _ time: UInt64) {
        guard let place = newest.firstIndex(where: { $0.line.name == line.name && $0.line.keyID == line.keyID }) else {
          return newest.append((line, time))
        }
        if time > newest[place].time { newest[place] = (line, time) }
      }
      for line in shown.signatures + notes.flatMap({ lines(of: $0, over: shown.text) }) {
        guard
          let key = witnesses.first(where: {
            $0.kind == .cosignature && $0.name == line.name && $0.keyID == line.keyID
          })
        else { continue }
        do throws(LogRejection) {
          let signers = try SignedNote(text: shown.text, signatures: [line]).verify([key]).signers
          if let time = signers.first?.time, times.contains(time) { keep(line, time) }
        } catch { if error.isFailure { throw error } }
      }
      let others = shown.signatures.filter { line in
        !witnesses.contains { $0.kind == .cosignature && $0.name == line.name && $0.keyID == line.keyID }
      }
      return try SignedNote(text: shown.text, signatures: others + newest.map(\.line)).bytes
    } catch { throw .log(error) }
  }

  /// Puts the good cosignatures under the published checkpoint. Gives the number of witnesses that it bears then. The
  /// caller holds the lock of the publisher.
  /// - Parameter now: seconds since 1970.
  package static func publish(
    _ notes: [[UInt8]],
    in folder: String,
    witnesses: [VerifierKey],
    now: UInt64
  ) throws(FollowFailure) -> Int {
    // Nobody can have seen a tree before its newest entry was made. A minute is for clocks that differ.
    let newest = UInt64(clamping: try PublishedLog(folder: folder).newestEntry()?.at.seconds ?? 0)
    let times = min(newest, now) - min(newest, now, 60)...now + 60
    let path = folder + "/checkpoint"
    guard let shown = try DurableFiles.read(path, limit: SignedNote.maxBytes) else { throw .missing(path: path) }
    let cosigned = try attach(notes, to: shown, witnesses: witnesses, times: times)
    if cosigned != shown { try DurableFiles.replace(path, with: cosigned) }
    do throws(LogRejection) {
      let lines = try SignedNote.parse(cosigned).signatures
      return lines.count { line in witnesses.contains { $0.name == line.name && $0.keyID == line.keyID } }
    } catch { throw .log(error) }
  }

  private static func lines(of bytes: [UInt8], over text: [UInt8]) -> [NoteSignature] {
    do throws(LogRejection) {
      let note = try SignedNote.parse(bytes)
      return note.text == text ? note.signatures : []
    } catch {
      do throws(LogRejection) {
        return try NoteSignature.parse(lines: bytes)
      } catch {
        return []
      }
    }
  }
}
