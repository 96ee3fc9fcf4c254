/*
 * fault_list.h - every fault point, once: FAULT(ENUM, "name", "sentence").
 * Included several times by fault.h and fault.c; has no guard on purpose.
 */
FAULT(FAULT_THREAD_START, "thread.start",
      "a thread that a run needs is not available")
FAULT(FAULT_THREAD_TRY, "thread.try",
      "a thread that shares work is not available")
FAULT(FAULT_DB_CONNECT, "db.connect",
      "opening a connection fails as if refused")
FAULT(FAULT_DB_QUERY, "db.query", "a statement loses its connection")
FAULT(FAULT_DB_STREAM, "db.stream", "a stream loses its connection at a row")
FAULT(FAULT_DB_SNAPSHOT, "db.snapshot", "the shared snapshot cannot be proven")
FAULT(FAULT_DATA_BOUND, "data.bound",
      "a bound is misread: the rows below it lie in no range")
FAULT(FAULT_DATA_SPILL, "data.spill", "a spill file cannot be written")
FAULT(FAULT_DATA_CHANGE, "data.change", "the change file cannot be written")
FAULT(FAULT_FILE_WRITE, "file.write", "a file cannot be written: disk full")
FAULT(FAULT_FILE_SYNC, "file.sync", "a file cannot be fsynced")
FAULT(FAULT_FILE_KEEP, "file.keep", "before a file is given its name")
FAULT(FAULT_BACKUP_CHECK, "backup.check",
      "the backup point that was read back is not what was written")
FAULT(FAULT_BACKUP_DONE, "backup.done", "the backup point is complete")
FAULT(FAULT_APPLY_BEGIN, "apply.begin", "a batch begins")
FAULT(FAULT_APPLY_DELETED, "apply.deleted", "a batch has deleted its rows")
FAULT(FAULT_APPLY_WRITTEN, "apply.written", "a batch has written its rows")
FAULT(FAULT_APPLY_COMMITTED, "apply.committed",
      "a batch was committed, and the answer is lost")
FAULT(FAULT_APPLY_EXCHANGE, "apply.exchange",
      "rows that swap unique values are deleted and not yet inserted")
FAULT(FAULT_APPLY_COUNTER, "apply.counter", "an AUTO_INCREMENT is set")
FAULT(FAULT_APPLY_DONE, "apply.done", "all is written, nothing verified yet")
FAULT(FAULT_LOCK_CHECK, "lock.check", "the lock on the target was lost")
FAULT(FAULT_STATE_WRITE, "state.write", "the run's state is written")
FAULT(FAULT_PROOF_TABLE, "proof.table",
      "a table stands in the scratch database")
FAULT(FAULT_HOLD_LOCKED, "hold.locked",
      "a table that is to lose rows is locked")
FAULT(FAULT_REFORM_STEP, "reform.step", "a structure is about to change")
FAULT(FAULT_REFORM_DONE, "reform.done", "a structure has changed")
FAULT(FAULT_REFORM_ROWS, "reform.rows",
      "structures have changed, the rows have not")
FAULT(FAULT_REFORM_LATE, "reform.late",
      "the rows are written, what waits for them has not come")
FAULT(FAULT_BACKUP_JOIN, "backup.join",
      "one backup point holds structures and rows, the older one is there yet")
FAULT(FAULT_RESTORE_EMPTY, "restore.empty",
      "tables are empty that are to be altered back")
FAULT(FAULT_RESTORE_ROWS, "restore.rows",
      "all rows of a table are brought back and not yet committed")
FAULT(FAULT_DISARM_DROPPED, "disarm.dropped",
      "a trigger of a table that is brought back is away")
FAULT(FAULT_DISARM_DONE, "disarm.done",
      "triggers of all tables that are brought back are away")
FAULT(FAULT_REMAKE_STEP, "remake.step",
      "a view, routine, trigger or event is being created again")
FAULT(FAULT_REMAKE_DEFAULT, "remake.default",
      "a database has the default that one of its objects is made under")
FAULT(FAULT_LOAD_FEED, "load.feed",
      "a copy loses the source while it is filled")
FAULT(FAULT_LOAD_COMMIT, "load.commit", "a copy is filled, not yet committed")
FAULT(FAULT_LOAD_KEYS, "load.keys",
      "a copy is filled, some of its keys are not there")
FAULT(FAULT_LOAD_DONE, "load.done", "all copies are filled and checked")
FAULT(FAULT_SWAP_BEFORE, "swap.before", "tables are about to be replaced")
FAULT(FAULT_SWAP_TRIGGERS, "swap.triggers",
      "triggers are gone, the old tables are not yet replaced")
FAULT(FAULT_SWAP_KEYS, "swap.keys",
      "foreign keys of tables that are replaced are gone")
FAULT(FAULT_SWAP_DONE, "swap.done", "copies are in force, nothing else is yet")
FAULT(FAULT_SWAP_OLD, "swap.old", "all is in force, the old tables are there")
FAULT(FAULT_CLEANUP_DROPPED, "cleanup.dropped",
      "one of the databases to clean up is gone, others are not")
FAULT(FAULT_CHANGES_WRITTEN, "changes.written",
      "lines were written, the place behind them is not stored")
FAULT(FAULT_CHANGES_STORED, "changes.stored",
      "the place behind the lines that were written is stored")
FAULT(FAULT_FOLLOW_COPIED, "follow.copied",
      "the target is equal, and up to which place is not stored yet")
FAULT(FAULT_FOLLOW_COMPARED, "follow.compared",
      "what the log names was compared, and is not written yet")
FAULT(FAULT_FOLLOW_MARKED, "follow.marked",
      "rows and their place are written, and not committed yet")
FAULT(FAULT_FOLLOW_WRITTEN, "follow.written",
      "rows and their place are committed, and nobody was told yet")
FAULT(FAULT_AGREEMENT_SAVE, "agreement.save",
      "both sides are equal, and where their logs are is not kept yet")
FAULT(FAULT_AGREEMENT_SAVED, "agreement.saved",
      "where the logs of both sides are is kept")
FAULT(FAULT_AGREEMENT_GENERATION, "agreement.generation",
      "running comparisons keep nothing, earlier ones are not forgotten yet")
FAULT(FAULT_AGREEMENT_REMOVED, "agreement.removed",
      "one of the earlier comparisons is forgotten")
