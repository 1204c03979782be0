import java.sql.*; import java.util.concurrent.Callable;
class Retry {
  static <T> T serializable(Connection db, Callable<T> work)
      throws Exception {
    db.setAutoCommit(false);
    db.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    for (int n = 1; ; n++) try {
        T answer = work.call();  // all of it again, reads too
        db.commit();
        return answer;
      } catch (Exception failed) {
        db.rollback();
        if (n == 10 || !again(failed)) throw failed;
        Thread.sleep((long) (Math.random() * Math.min(64, 2 << n)));
      }
  }
  static boolean again(Throwable failed) {
    return failed.getClass().getName().contains("OptimisticLock")
        || failed instanceof SQLException e
        && (("" + e.getSQLState()).matches("40001|40P01")
            || e.getErrorCode() == 1020)  // MariaDB
        || failed.getCause() != null && again(failed.getCause());
  }
}
