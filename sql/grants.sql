-- grants.sql - the two users of dbsync, with the privileges that they need and no others.
--
-- Change the names, the passwords, the hosts and `shop`; run the first part on the
-- source, the second on the target.  `dbsync doctor` reports missing privileges.
-- (/*M! … */ is only for MariaDB, /*!50700 … */ only for MySQL; on MySQL 5.6 run the
-- latter by hand, and CREATE USER without IF NOT EXISTS.)

-- Source: reading.
CREATE USER IF NOT EXISTS 'dbsync_reader'@'%' IDENTIFIED BY 'change this 1!';
GRANT SELECT, SHOW VIEW ON `shop`.* TO 'dbsync_reader'@'%';
-- routines, triggers and events (--objects)
GRANT TRIGGER, EVENT ON `shop`.* TO 'dbsync_reader'@'%';
-- one snapshot of all tables; without it, one per table
GRANT RELOAD ON *.* TO 'dbsync_reader'@'%';
-- dbsync changes, and --changes-from (there on both servers; on MySQL and on MariaDB before
-- 11.7 also whether databases are left out of the log)
GRANT REPLICATION SLAVE ON *.* TO 'dbsync_reader'@'%';
/*M!100502 GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO 'dbsync_reader'@'%' */;
/*!50700 GRANT REPLICATION CLIENT ON *.* TO 'dbsync_reader'@'%' */;

-- Target: rows …
CREATE USER IF NOT EXISTS 'dbsync_writer'@'%' IDENTIFIED BY 'change this 2!';
GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, TRIGGER ON `shop`.* TO 'dbsync_writer'@'%';
-- … whether it is a replica …
/*M!100501 GRANT SLAVE MONITOR ON *.* TO 'dbsync_writer'@'%' */;
/*!50700 GRANT REPLICATION CLIENT ON *.* TO 'dbsync_writer'@'%' */;
/*M!100502 GRANT BINLOG MONITOR ON *.* TO 'dbsync_writer'@'%' */;
GRANT REPLICATION SLAVE ON *.* TO 'dbsync_writer'@'%';
-- … structures …
GRANT CREATE, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, LOCK TABLES ON `shop`.* TO 'dbsync_writer'@'%';
-- (views, routines, triggers and events of other definers require one of
-- GRANT SET USER ON *.* (MariaDB), GRANT SET_ANY_DEFINER ON *.* (MySQL 8.2))
-- … trials of ALTERs, and full-sync's copies.
GRANT ALL ON `dbsync\_%`.* TO 'dbsync_writer'@'%';
